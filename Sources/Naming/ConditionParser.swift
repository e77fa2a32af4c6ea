import Bytes
import Schedules

/// Reads one condition of a rule.
struct ConditionParser {
    static let forms =
        "'command=NAME,...', 'db=N,...', 'client=NAME', 'user=NAME', 'time=HH:MM-HH:MM', "
        + "'days=mon-fri', 'exists KEY', 'ttl<60s' or 'size>1kb'"
    private static let heads = ["command", "db", "client", "user", "time", "days", "exists", "ttl", "size"]

    let pattern: Pattern
    /// The zone that one of the conditions names; it holds for the others beside it.
    private var zone: Zone?
    /// What is wrong with the zone of the condition being read.
    private var zoneProblem: String?

    init(pattern: Pattern) { self.pattern = pattern }

    /// The condition that begins with `word`; nil when it is wrong.
    mutating func condition(_ word: Word, _ line: inout LineReader) -> RuleCondition? {
        let text = word.text.text
        if text == "exists" { return exists(&line) }
        let head = text.prefix { !"=<>".contains($0) }
        let rest = text.dropFirst(head.utf8.count)
        switch (head, rest.first) {
        case ("ttl", "<"?), ("ttl", ">"?), ("size", "<"?), ("size", ">"?):
            return comparison(word, String(head), String(rest), &line)
        case (_, "="?):
            return equality(word, String(head), rest.dropFirst(), &line)
        default:
            let hint = Spelling.suggestion(for: String(head), among: Self.heads)
            line.fail(word, "expected a condition (\(Self.forms)), found '\(word.text)'\(hint)")
            return nil
        }
    }

    /// The conditions, each moment in the zone that one of them names.
    func zoned(_ conditions: [RuleCondition]) -> [RuleCondition] {
        guard let zone else { return conditions }
        return conditions.map { condition in
            var zoned = condition
            switch condition.subject {
            case .time(var window) where window.zone == nil:
                window.zone = zone
                zoned.subject = .time(window)
            case .days(var days) where days.zone == nil:
                days.zone = zone
                zoned.subject = .days(days)
            default: break
            }
            return zoned
        }
    }

    private func exists(_ line: inout LineReader) -> RuleCondition? {
        guard let key = line.next() else {
            line.expected("a key, such as 'maintenance:freeze'")
            return nil
        }
        guard let template = line.template(key, filledFrom: pattern) else { return nil }
        return RuleCondition(
            subject: .exists(ConditionKey(template, from: pattern)), text: "exists \(key.text)")
    }

    private func comparison(
        _ word: Word, _ head: String, _ rest: String, _ line: inout LineReader
    ) -> RuleCondition? {
        let signs = RuleCondition.Comparison.Sign.allCases
        guard let sign = signs.first(where: { rest.hasPrefix($0.rawValue) }) else { return nil }
        let text = String(rest.dropFirst(sign.rawValue.utf8.count))
        let bound = head == "ttl" ? DurationText.milliseconds(text) : Quantity.bytes(text)
        guard let bound else {
            let example = head == "ttl" ? "a duration behind it, as in 'ttl<60s'" : "a size, as in 'size>1kb'"
            line.fail(word, "expected \(example), found '\(word.text)'")
            return nil
        }
        let comparison = RuleCondition.Comparison(sign: sign, bound: bound)
        return RuleCondition(
            subject: head == "ttl" ? .ttl(comparison) : .size(comparison), text: word.text.text)
    }

    private mutating func equality(
        _ word: Word, _ head: String, _ value: Substring, _ line: inout LineReader
    ) -> RuleCondition? {
        guard Self.heads.contains(head), !["exists", "ttl", "size"].contains(head) else {
            let hint = Spelling.suggestion(for: head, among: Self.heads)
            line.fail(word, "expected a condition (\(Self.forms)), found '\(word.text)'\(hint)")
            return nil
        }
        zoneProblem = nil
        guard let subject = subject(head, value) else {
            line.fail(word, zoneProblem ?? "expected \(Self.expectation(head)), found '\(word.text)'")
            return nil
        }
        return RuleCondition(subject: subject, text: word.text.text)
    }

    private static func expectation(_ head: String) -> String {
        switch head {
        case "command": "names of commands, as in 'command=SET,HSET'"
        case "db": "numbers of databases, as in 'db=0,2'"
        case "time": "a time of day, as in 'time=09:00-17:30' or 'time=22:00-06:00@Europe/Berlin'"
        case "days": "days of the week, as in 'days=mon-fri' or 'days=sat,sun@+02:00'"
        default: "a name, as in '\(head)=worker-*'"
        }
    }

    private mutating func subject(_ head: String, _ value: Substring) -> RuleCondition.Subject? {
        let items = value.split(separator: ",", omittingEmptySubsequences: false)
        switch head {
        case "command":
            guard items.allSatisfy(Self.isCommand) else { return nil }
            return .command(items.map { ByteString($0.lowercased()) })
        case "db":
            let numbers = items.map(Quantity.number)
            return numbers.contains(nil) ? nil : .database(numbers.compactMap(\.self))
        case "client", "user":
            guard items.allSatisfy({ !$0.isEmpty }) else { return nil }
            let names = items.map { ByteString(String($0)) }
            return head == "client" ? .client(names) : .user(names)
        case "time": return window(value)
        default: return days(value)
        }
    }

    private mutating func window(_ value: Substring) -> RuleCondition.Subject? {
        guard let (value, zone) = split(value) else { return nil }
        let ends = value.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = TimeWindow.minutes(String(ends[0])),
            let to = TimeWindow.minutes(String(ends[1])), from != to, from < 1440
        else { return nil }
        return .time(TimeWindow(from: from, to: to, zone: zone))
    }

    private mutating func days(_ value: Substring) -> RuleCondition.Subject? {
        guard let (value, zone) = split(value), let mask = WeekDays.mask(value) else { return nil }
        return .days(WeekDays(mask: mask, zone: zone))
    }

    /// What stands before `@ZONE`, and the zone; nil when nobody knows it.
    private mutating func split(_ value: Substring) -> (Substring, Zone?)? {
        let parts = value.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return (value, nil) }
        do {
            let found = try Zone.named(String(parts[1]))
            zone = zone ?? found
            return (parts[0], found)
        } catch {
            zoneProblem = error.text
            return nil
        }
    }

    private static func isCommand(_ name: Substring) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x41...0x5a).contains(ASCII.uppercased(byte)) || (0x30...0x39).contains(byte)
                    || byte == 0x2e || byte == 0x7c || byte == 0x5f || byte == ASCII.minus
            }
    }
}
