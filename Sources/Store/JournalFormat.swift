import Bytes

/// How intents lie in a file.
///
///     file   header, then frames; zeros where nothing was written yet
///     header "FRSHINT", the version of the format, the journal's name
///     frame  marker, length and checksum of what follows, entries
///     entry  1, number, length, content    an intent
///            2, number                     the intent of that number is done
///            3, number                     so many bytes the file was made with, in its first frame
///
/// A frame is what one tick of a loop has noted: written in one piece, checked as one. Numbers are LEB128,
/// the fields of a frame four bytes each, the lowest first. The checksum begins with the journal's name, so
/// that no frame of another file is taken for one of this.
enum JournalFormat {
    static let version: UInt8 = 1
    static let headerLength = 16
    static let frameHeaderLength = 12
    static let marker: UInt32 = 0xb1d7_5af5
    static let intent: UInt8 = 1
    static let done: UInt8 = 2
    static let size: UInt8 = 3

    /// What a file of a journal begins with: its header, and a frame that says how long it is, so that a part
    /// that was cut off is missed.
    static func beginning(_ journal: UInt64, size: Int) -> [UInt8] {
        var payload = ByteWriter()
        payload.write(UInt64(Self.size))
        payload.write(UInt64(size))
        var frame = ByteBuffer()
        frame.append([UInt8](repeating: 0, count: frameHeaderLength))
        frame.append(payload.bytes)
        seal(&frame, journal, CRC32())
        return header(journal) + frame.span.indices.map { frame.span[$0] }
    }

    /// Fills in the header of a frame whose entries are behind it.
    static func seal(_ frame: inout ByteBuffer, _ journal: UInt64, _ checksum: CRC32) {
        frame.store(marker, at: 0)
        frame.store(UInt32(truncatingIfNeeded: frame.count - frameHeaderLength), at: 4)
        let sum = checksum.checksum(
            frame.span.extracting(frameHeaderLength..<frame.count), seed: seed(journal))
        frame.store(sum, at: 8)
    }

    static func header(_ journal: UInt64) -> [UInt8] {
        Array("FRSHINT".utf8) + [version] + (0..<8).map { UInt8(truncatingIfNeeded: journal >> ($0 * 8)) }
    }

    static func seed(_ journal: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: journal) ^ UInt32(truncatingIfNeeded: journal >> 32)
    }
}
