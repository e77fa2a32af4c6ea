/// How intents lie in a file.
///
///     file   header, then frames; zeros where nothing was written yet
///     header "FRSHINT", the version of the format, the journal's name
///     frame  marker, length and checksum of what follows, entries
///     entry  1, number, length, content    an intent
///            2, number                     the intent of that number is done
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

    static func header(_ journal: UInt64) -> [UInt8] {
        Array("FRSHINT".utf8) + [version] + (0..<8).map { UInt8(truncatingIfNeeded: journal >> ($0 * 8)) }
    }

    static func seed(_ journal: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: journal) ^ UInt32(truncatingIfNeeded: journal >> 32)
    }
}
