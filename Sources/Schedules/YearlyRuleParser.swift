/// Reads a POSIX `TZ` string such as `CET-1CEST,M3.5.0,M10.5.0/3`.
struct YearlyRuleParser {
    private let bytes: [UInt8]
    private var position = 0

    /// Nil when `text` is none.
    static func parse(_ text: ArraySlice<UInt8>) -> YearlyRule? {
        var parser = YearlyRuleParser(bytes: Array(text))
        return parser.rule()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var isAtEnd: Bool { position >= bytes.count }
    private var peeked: UInt8? { isAtEnd ? nil : bytes[position] }

    private mutating func rule() -> YearlyRule? {
        guard skipName(), let west = time(hours: 24) else { return nil }
        let standard = -west
        if isAtEnd { return YearlyRule(standardOffset: standard, changes: []) }
        guard skipName() else { return nil }
        var saving = standard + 3600
        if peeked != Self.comma {
            guard let west = time(hours: 24) else { return nil }
            saving = -west
        }
        guard let begin = change(to: saving, from: standard), let end = change(to: standard, from: saving),
            isAtEnd
        else { return nil }
        return YearlyRule(standardOffset: standard, changes: [begin, end])
    }

    private static let comma: UInt8 = 0x2c

    /// `CET`, or `<+0330>`: three characters or more.
    private mutating func skipName() -> Bool {
        let start = position
        if take(0x3c) {
            while let byte = peeked, byte != 0x3e { position += byte > 0x20 ? 1 : bytes.count }
            return take(0x3e) && position - start >= 5
        }
        while let byte = peeked, Self.isLetter(byte) { position += 1 }
        return position - start >= 3
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peeked == byte else { return false }
        position += 1
        return true
    }

    /// `,M3.5.0/2`
    private mutating func change(to offset: Int64, from before: Int64) -> YearlyRule.Change? {
        guard take(Self.comma), let day = day() else { return nil }
        var time: Int64 = 2 * 3600
        if take(0x2f) {
            guard let written = self.time(hours: 167) else { return nil }
            time = written
        }
        return YearlyRule.Change(day: day, time: time, offset: offset, before: before)
    }

    private mutating func day() -> YearlyRule.Day? {
        if take(0x4d) {
            guard let month = number(1...12), take(0x2e), let week = number(1...5), take(0x2e),
                let weekday = number(0...6)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
        if take(0x4a) { return number(1...365).map { .withoutLeapDay($0) } }
        return number(0...365).map { .ofYear($0) }
    }

    /// `-3`, `+5:30`, `12:00:01`, as seconds.
    private mutating func time(hours limit: Int) -> Int64? {
        let isNegative = take(0x2d)
        if !isNegative { _ = take(0x2b) }
        guard let hours = number(0...limit) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where take(0x3a) {
            guard let value = number(0...59) else { return nil }
            seconds += value * unit
        }
        return Int64(isNegative ? -seconds : seconds)
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int? {
        let start = position
        var value = 0
        while let byte = peeked, (0x30...0x39).contains(byte), position - start < 4 {
            value = value * 10 + Int(byte - 0x30)
            position += 1
        }
        return position > start && range.contains(value) ? value : nil
    }
}
