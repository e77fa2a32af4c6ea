/// One of the five fields of a cron expression.
enum CronField: Int, CaseIterable {
    case minute, hour, dayOfMonth, month, dayOfWeek

    var name: String {
        ["minute", "hour", "day of month", "month", "day of week"][rawValue]
    }

    private var article: String { self == .hour ? "an" : "a" }

    /// What numbers it accepts; 7 is Sunday as 0 is.
    var range: ClosedRange<Int> { [0...59, 0...23, 1...31, 1...12, 0...7][rawValue] }

    /// What `*` stands for.
    var every: ClosedRange<Int> { self == .dayOfWeek ? 0...6 : range }

    /// Names, the first of them standing for the first number of the range.
    private var names: [String] {
        switch self {
        case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        default: []
        }
    }

    private var examples: String {
        let names = names.isEmpty ? "" : " or \(names[0]) to \(names[names.count - 1])"
        return "\(range.lowerBound) to \(range.upperBound)\(names)"
    }

    /// The numbers that a field of this kind stands for, as bits.
    ///
    /// - Parameter offset: where `text` stands in the expression, for messages.
    func parse(_ text: Substring, at offset: Int) throws(CronProblem) -> UInt64 {
        var bits: UInt64 = 0
        var offset = offset
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            bits |= try parse(item: item, at: offset)
            offset += item.utf8.count + 1
        }
        if self == .dayOfWeek, bits & 1 << 7 != 0 { bits = (bits | 1) & ~(1 << 7) }
        return bits
    }

    /// `*`, `N` or `N-M`, the first and the last with an optional `/STEP`.
    private func parse(item: Substring, at offset: Int) throws(CronProblem) -> UInt64 {
        let place = offset..<(offset + max(1, item.utf8.count))
        guard !item.isEmpty else {
            throw CronProblem("expected \(article) \(name) of \(examples) or '*', found nothing", at: place)
        }
        let halves = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = try parse(range: halves[0], item, at: place)
        guard halves.count == 2 else { return Self.bits(numbers, step: 1) }
        if halves[0] != "*", !halves[0].contains("-") {
            let last = every.upperBound
            throw CronProblem(
                "a step needs a range: expected '\(halves[0])-\(last)/\(halves[1])' or '*/\(halves[1])'"
                    + " as the \(name), found '\(item)'", at: place)
        }
        let longest = range.upperBound - range.lowerBound
        guard let step = Self.number(halves[1]), (1...longest).contains(step) else {
            throw CronProblem(
                "expected a step of 1 to \(longest) in the \(name), found '\(halves[1])' in '\(item)'",
                at: place)
        }
        return Self.bits(numbers, step: step)
    }

    private func parse(range text: Substring, _ item: Substring, at place: Range<Int>) throws(CronProblem)
        -> ClosedRange<Int>
    {
        if text == "*" { return every }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = value(ends[0], endsRange: false),
            let last = ends.count == 1 ? first : value(ends[1], endsRange: true)
        else {
            throw CronProblem(
                "expected \(article) \(name) of \(examples), '*', a range, a list or a step, found '\(item)'",
                at: place)
        }
        guard first <= last else {
            throw CronProblem(
                "the range '\(text)' in the \(name) runs backwards: expected"
                    + " '\(ends[0])-\(every.upperBound),\(every.lowerBound)-\(ends[1])', found '\(item)'",
                at: place)
        }
        return first...last
    }

    /// A number or a name; at the end of a range, Sunday comes after Saturday.
    private func value(_ text: Substring, endsRange: Bool) -> Int? {
        if let place = names.firstIndex(of: text.lowercased()) {
            let number = place + range.lowerBound
            return self == .dayOfWeek && endsRange && number == 0 ? 7 : number
        }
        guard let number = Self.number(text), range.contains(number) else { return nil }
        return number
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func bits(_ numbers: ClosedRange<Int>, step: Int) -> UInt64 {
        stride(from: numbers.lowerBound, through: numbers.upperBound, by: step).reduce(0) { $0 | 1 << $1 }
    }
}
