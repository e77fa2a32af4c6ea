import Bytes

/// Reads the rules of a time zone from a file in the TZif format, versions 1 to 4 (RFC 8536, RFC 9636).
///
/// Files may come from anywhere: every count is checked against the bytes that are there, and a file that
/// contradicts itself is refused rather than half believed.
struct TZifReader {
    /// What is wrong with a file.
    struct Damage: Error, Hashable {
        let text: String
    }

    private struct Header {
        var version: UInt8
        var universalFlags: Int
        var standardFlags: Int
        var leapSeconds: Int
        var changes: Int
        var types: Int
        var characters: Int

        /// Bytes of the block behind it, with times of `timeBytes` bytes.
        func blockBytes(_ timeBytes: Int) -> Int {
            changes * (timeBytes + 1) + types * 6 + characters + leapSeconds * (timeBytes + 4)
                + standardFlags + universalFlags
        }
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(bytes: [UInt8]) { self.bytes = bytes }

    static func read(_ bytes: [UInt8], name: String) throws(Damage) -> TimeZoneRules {
        var reader = TZifReader(bytes: bytes)
        return try reader.rules(name)
    }

    private mutating func rules(_ name: String) throws(Damage) -> TimeZoneRules {
        var header = try header()
        guard header.version >= 2 else { return try block(header, timeBytes: 4, name) }
        // What old readers understand comes first; the same with longer times follows.
        try skip(header.blockBytes(4))
        header = try self.header()
        return try block(header, timeBytes: 8, name)
    }

    private mutating func header() throws(Damage) -> Header {
        guard bytes.count - position >= 44, bytes[position..<(position + 4)] == [0x54, 0x5a, 0x69, 0x66]
        else {
            throw Damage(text: "expected a TZif header at byte \(position)")
        }
        let written = bytes[position + 4]
        position += 20
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Int(try integer(4) & 0xffff_ffff)) }
        let header = Header(
            version: written == 0 ? 1 : written &- 0x30, universalFlags: counts[0], standardFlags: counts[1],
            leapSeconds: counts[2], changes: counts[3], types: counts[4], characters: counts[5])
        guard (1...256).contains(header.types), [0, header.types].contains(header.universalFlags),
            [0, header.types].contains(header.standardFlags), counts.allSatisfy({ $0 < 1 << 24 })
        else { throw Damage(text: "the counts of its header contradict each other") }
        guard header.leapSeconds == 0 else {
            throw Damage(text: "it counts leap seconds, which clocks do not")
        }
        return header
    }

    private mutating func block(_ header: Header, timeBytes: Int, _ name: String) throws(Damage)
        -> TimeZoneRules
    {
        guard header.blockBytes(timeBytes) <= bytes.count - position else {
            throw Damage(text: "it ends before its tables do")
        }
        var times: [Int64] = []
        for _ in 0..<header.changes { times.append(try integer(timeBytes)) }
        let types = bytes[position..<(position + header.changes)].map(Int.init)
        position += header.changes
        var offsets: [Int64] = []
        for _ in 0..<header.types { offsets.append(try offset()) }
        try skip(header.characters + header.standardFlags + header.universalFlags)
        let changes = try changes(times, types, offsets)
        let rule = timeBytes == 8 ? try footer() : nil
        return TimeZoneRules(name: name, firstOffset: offsets[0], changes: changes, rule: rule)
    }

    /// The offset of one type: behind it stand two bytes on daylight saving and its name.
    private mutating func offset() throws(Damage) -> Int64 {
        let offset = try integer(4)
        guard abs(offset) <= TimeZoneRules.longestOffset else {
            throw Damage(text: "it has an offset of \(offset) seconds")
        }
        try skip(2)
        return offset
    }

    private func changes(_ times: [Int64], _ types: [Int], _ offsets: [Int64]) throws(Damage)
        -> [TimeZoneRules.Change]
    {
        var changes: [TimeZoneRules.Change] = []
        for (time, type) in zip(times, types) {
            guard type < offsets.count else { throw Damage(text: "a change leads to an unknown type") }
            if let last = changes.last, last.time >= time {
                throw Damage(text: "its changes are not in order")
            }
            guard abs(time >> 1) <= TimeZoneRules.distantFuture >> 2 else {
                throw Damage(text: "a change is too far from the present")
            }
            changes.append(TimeZoneRules.Change(time: time, offset: offsets[type]))
        }
        return changes
    }

    /// The rule for all later times, between two line feeds; nil when there is none.
    private mutating func footer() throws(Damage) -> YearlyRule? {
        let rest = bytes[position...]
        guard rest.first == ASCII.lineFeed, let end = rest.dropFirst().firstIndex(of: ASCII.lineFeed) else {
            throw Damage(text: "it ends without a rule for later times")
        }
        let text = rest[(position + 1)..<end]
        if text.isEmpty { return nil }
        guard let rule = YearlyRuleParser.parse(text) else {
            throw Damage(text: "its rule for later times is not understood: '\(ByteString(Array(text)))'")
        }
        return rule
    }

    private mutating func skip(_ count: Int) throws(Damage) {
        guard count <= bytes.count - position else { throw Damage(text: "it ends before its tables do") }
        position += count
    }

    /// A signed number, the highest byte first.
    private mutating func integer(_ count: Int) throws(Damage) -> Int64 {
        guard count <= bytes.count - position else { throw Damage(text: "it ends before its tables do") }
        var value: Int64 = bytes[position] >= 0x80 ? -1 : 0
        for byte in bytes[position..<(position + count)] { value = value << 8 | Int64(byte) }
        position += count
        return value
    }
}
