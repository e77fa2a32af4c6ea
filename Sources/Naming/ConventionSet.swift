import Bytes

/// Lines of a configuration on their way to compiled `Conventions`.
///
/// Each `add` takes the words behind the directive, checks them on their own and returns what is wrong; a
/// line with an error adds nothing. What lines do to each other is checked by `compile`.
public struct ConventionSet: Sendable {
    let separator: UInt8
    let cyclesAllowed: Bool
    let allowBroad: Bool
    let concernsEveryKey: Bool
    var tags: [TagConvention] = []
    var links: [Link] = []
    var protections: [Protection] = []
    var rules: [Rule] = []
    var schedules: [Schedule] = []
    /// How many schedules there may be: each is looked at every second.
    static let mostSchedules = 1000
    /// Where each rule is defined, by name.
    private var places: [String: SourceLocation] = [:]
    /// Names of the rules whose firings wait until somebody resumes them.
    private let paused: Set<String>

    /// - Parameters:
    ///   - cyclesAllowed: report cycles as warnings, not as errors.
    ///   - allowBroad: accept targets that match every key.
    ///   - paused: names of rules whose firings are kept until somebody resumes them.
    ///   - concernsEveryKey: whether a mutation of any key is somebody's business.
    public init(
        separator: UInt8 = 0x3a, cyclesAllowed: Bool = false, allowBroad: Bool = false,
        paused: Set<String> = [], concernsEveryKey: Bool = false
    ) {
        self.concernsEveryKey = concernsEveryKey
        self.separator = separator
        self.cyclesAllowed = cyclesAllowed
        self.allowBroad = allowBroad
        self.paused = paused
    }

    /// Adds a `tag` line: a pattern and one or more templates.
    ///
    /// - Parameter place: where the directive stands; cited when no words follow it.
    public mutating func addTag(_ words: [Word], at place: SourceLocation = .unknown) -> [Diagnostic] {
        var line = LineReader(words, directive: "tag", at: place, separator: separator)
        guard let pattern = line.pattern("a key pattern") else { return line.diagnostics }
        let origin = Origin(.tag, words, at: place)
        var added: [TagConvention] = []
        if line.isAtEnd { line.expected("a tag, such as 'product:{id}'") }
        while let word = line.next() {
            guard let template = line.template(word, filledFrom: pattern) else { continue }
            added.append(
                TagConvention(pattern: pattern, template: template, location: word.location, origin: origin))
        }
        if line.isSound { tags += added }
        return line.diagnostics
    }

    /// Adds a `depend` line: the dependent's pattern, `on`, and one or more sources.
    public mutating func addDepend(_ words: [Word], at place: SourceLocation = .unknown) -> [Diagnostic] {
        var line = LineReader(words, directive: "depend", at: place, separator: separator)
        guard let dependent = line.pattern("the dependent's key pattern") else { return line.diagnostics }
        guard line.keyword("on", "after the dependent's pattern") else { return line.diagnostics }
        let origin = Origin(.depend, words, at: place)
        var added: [Link] = []
        if line.isAtEnd { line.expected("a source, such as 'product:{id}:price'") }
        while let word = line.next() {
            guard let source = line.parse(word, as: .pattern) else { continue }
            added.append(Link(keys: dependent, on: source, location: words[0].location, origin: origin))
        }
        if line.isSound { links += added }
        return line.diagnostics
    }

    /// Adds a `protect` line: one or more patterns.
    public mutating func addProtect(_ words: [Word], at place: SourceLocation = .unknown) -> [Diagnostic] {
        var line = LineReader(words, directive: "protect", at: place, separator: separator)
        let origin = Origin(.protect, words, at: place)
        var added: [Protection] = []
        if line.isAtEnd { line.expected("a key pattern, such as 'session:**'") }
        while let word = line.next() {
            guard let pattern = line.parse(word, as: .pattern) else { continue }
            added.append(Protection(pattern: pattern, location: word.location, origin: origin))
        }
        if line.isSound { protections += added }
        return line.diagnostics
    }

    /// Adds a `rule` line: `NAME on PATTERN invalidate TARGET...` and clauses in any order.
    public mutating func addRule(_ words: [Word], at place: SourceLocation = .unknown) -> [Diagnostic] {
        var parser = RuleParser(words, at: place, separator: separator)
        guard let parsed = parser.rule(), let name = words.first else { return parser.diagnostics }
        let rule = parsed.paused(paused.contains(parsed.name))
        if let first = places[rule.name] {
            let message =
                "rule '\(rule.name)' is already defined at \(first.cited); give this one another name"
            return parser.diagnostics + [.error(name.location, message)]
        }
        if parser.isSound {
            places[rule.name] = name.location
            links += rule.links.enumerated().map { place, link in
                Link(link, isFired: !rule.isFollowed, firstOf: place == 0 ? rules.count : nil)
            }
            rules.append(rule)
        }
        return parser.diagnostics
    }

    /// Adds a `schedule` line: `NAME "CRON" invalidate TARGET...`, with the clauses of `ScheduleParser`.
    public mutating func addSchedule(_ words: [Word], at place: SourceLocation = .unknown) -> [Diagnostic] {
        var parser = ScheduleParser(words, at: place, separator: separator)
        guard let schedule = parser.schedule(), let name = words.first else { return parser.diagnostics }
        if let first = schedules.first(where: { $0.name == schedule.name }) {
            let message =
                "schedule '\(schedule.name)' is already defined at \(first.origin.location.cited);"
                + " give this one another name"
            return parser.diagnostics + [.error(name.location, message)]
        }
        guard schedules.count < Self.mostSchedules else {
            let message = "there are \(Self.mostSchedules) schedules already, and no more are accepted"
            return parser.diagnostics + [.error(name.location, message)]
        }
        schedules.append(schedule)
        return parser.diagnostics
    }

    /// Checks the lines together and compiles those that were accepted.
    ///
    /// Nil when any diagnostic is an error. Errors that `add` already returned are not repeated: it is the
    /// caller who knows them and refuses the configuration.
    public func compile() -> (Conventions?, [Diagnostic]) {
        var diagnostics = ReservedCheck(self).run()
        if !allowBroad { diagnostics += BroadCheck(self).run() }
        let cycles = CycleSearch(self)
        diagnostics += cycles.run()
        diagnostics += ScheduleCheck(self).run()
        guard diagnostics.allSatisfy({ $0.severity != .error }) else { return (nil, diagnostics) }
        return (
            Conventions(
                separator: separator, tags: tags, links: cycles.order.ranked(links), protections: protections,
                rules: rules, schedules: schedules, concernsEveryKey: concernsEveryKey), diagnostics
        )
    }
}
