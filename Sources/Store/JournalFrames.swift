import Bytes

/// Reads the entries of one file of a journal, whatever has become of it.
struct JournalFrames {
    enum Entry: Equatable {
        case intent(number: UInt64, content: [UInt8])
        case done(number: UInt64)
    }

    private(set) var entries: [Entry] = []
    /// Bytes that were written and belong to no good frame: the disk has lost or changed them.
    private(set) var damagedBytes = 0
    /// Bytes behind the last good frame, of one that was not written to its end.
    private(set) var tornBytes = 0
    /// How long the file was made; nil where it does not say.
    private var size: Int?
    /// Whether the file began as one of this format does.
    private(set) var isRecognized = false

    /// How many bytes may be checked in search for a frame behind damage, so that no content can make the
    /// search endless.
    private static let mostSearched = 256 << 20

    private let bytes: [UInt8]
    private let checksum = CRC32()
    private var seed: UInt32 = 0
    private var searched = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard bytes.count >= JournalFormat.headerLength else {
            tornBytes = bytes.count
            return
        }
        var journal: UInt64 = 0
        for index in (8..<16).reversed() { journal = journal << 8 | UInt64(bytes[index]) }
        isRecognized = Array(bytes[..<16]) == JournalFormat.header(journal)
        guard isRecognized else {
            damagedBytes = bytes.count
            return
        }
        seed = JournalFormat.seed(journal)
        read()
    }

    private mutating func read() {
        var position = JournalFormat.headerLength
        var end = position
        while position + JournalFormat.frameHeaderLength <= bytes.count {
            if let next = frame(at: position) {
                damagedBytes += bytes[end..<position].count { $0 != 0 }
                position = next
                end = next
            } else if let next = nextMarker(after: position), searched < Self.mostSearched {
                position = next
            } else {
                break
            }
        }
        let rest = bytes[end...].count { $0 != 0 }
        if isTorn(at: end) { tornBytes = rest } else { damagedBytes += rest }
        if let size { damagedBytes += max(0, size - bytes.count) }
    }

    /// Whether the frame at `position` was begun and not written to its end; else the disk has changed it.
    ///
    /// Files are made full of zeros and written from the front, and no entry ends with a zero but rarely.
    private func isTorn(at position: Int) -> Bool {
        guard position + JournalFormat.frameHeaderLength <= bytes.count else { return true }
        let marker = (0..<4).map { bytes[position + $0] }
        let isBegun = word(position) == JournalFormat.marker
        let length = Int(word(position + 4))
        let last = position + JournalFormat.frameHeaderLength + length - 1
        if isBegun, length > 0, last < bytes.count { return bytes[last] == 0 }
        // No more than its marker was written, or not even that.
        return (isBegun || marker.last == 0) && bytes[(position + 4)...].allSatisfy { $0 == 0 }
    }

    /// Takes the frame at `position` and returns where it ends; nil where there is none.
    private mutating func frame(at position: Int) -> Int? {
        guard word(position) == JournalFormat.marker else { return nil }
        let start = position + JournalFormat.frameHeaderLength
        let length = Int(word(position + 4))
        guard length <= bytes.count - start else { return nil }
        searched += length
        let bytes = bytes
        let payload = bytes.span.extracting(start..<start + length)
        guard checksum.checksum(payload, seed: seed) == word(position + 8),
            let found = Self.entries(Array(bytes[start..<start + length]))
        else { return nil }
        searched = 0
        size = found.size ?? size
        entries += found.entries
        return start + length
    }

    private static func entries(_ payload: [UInt8]) -> (entries: [Entry], size: Int?)? {
        var entries: [Entry] = []
        var size: Int?
        var reader = ByteReader(payload)
        do throws(ByteReader.Damage) {
            while !reader.isAtEnd {
                switch try reader.byte() {
                case JournalFormat.intent:
                    entries.append(.intent(number: try reader.number(), content: try reader.string().bytes))
                case JournalFormat.done: entries.append(.done(number: try reader.number()))
                case JournalFormat.size: size = Int(clamping: try reader.number())
                default: return nil
                }
            }
        } catch { return nil }
        return (entries, size)
    }

    private func nextMarker(after position: Int) -> Int? {
        let first = UInt8(truncatingIfNeeded: JournalFormat.marker)
        var index = position + 1
        while index + JournalFormat.frameHeaderLength <= bytes.count {
            if bytes[index] == first, word(index) == JournalFormat.marker { return index }
            index += 1
        }
        return nil
    }

    private func word(_ index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32($1 * 8) }
    }
}
