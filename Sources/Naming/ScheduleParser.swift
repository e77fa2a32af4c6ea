import Bytes
import Schedules

/// Reads `NAME "MINUTE HOUR DAY MONTH WEEKDAY" [zone ZONE] [catch-up once|skip|all [within D]] [jitter D]
/// [db N] invalidate TARGET... [softly D] [over D]`.
struct ScheduleParser {
    /// How late a missed time is caught up where nothing else is said.
    static let defaultCatchUpMilliseconds = longestMilliseconds
    private static let longestMilliseconds = ClauseParser.longestMilliseconds
    private static let timing = ["zone", "catch-up", "within", "jitter", "db"]
    private static let manners = ["softly", "over"]

    private let words: [Word]
    private let place: SourceLocation
    private let zones: TimeZoneFile
    private var line: LineReader
    private var said: Set<String> = []
    private var zone = TimeZoneRules.utc
    private var catchUp = CatchUp.once
    /// What the clauses that are numbers say.
    private var numbers: [String: Int] = [:]

    init(_ words: [Word], at place: SourceLocation, separator: UInt8, zones: TimeZoneFile = TimeZoneFile()) {
        self.words = words
        self.place = place
        self.zones = zones
        line = LineReader(words, directive: "schedule", at: place, separator: separator)
    }

    var diagnostics: [Diagnostic] { line.diagnostics }
    var isSound: Bool { line.isSound }

    /// The schedule; nil when anything is wrong with the line.
    mutating func schedule() -> Schedule? {
        guard let name = line.ruleName() else { return nil }
        guard let cron = line.next() else {
            line.expected("a cron expression, such as \"0 3 * * *\"")
            return nil
        }
        let expression = read(cron)
        guard takeTiming() else { return nil }
        let targets = line.targets(filledFrom: Self.nothing, stopAt: Self.manners + Self.timing)
        takeManners()
        guard line.isSound, let expression else { return nil }
        let timetable = Timetable(expression, in: zone)
        advise(timetable, cron)
        return Schedule(
            name: name, timetable: timetable, catchUp: catchUp,
            catchUpMilliseconds: numbers["within"] ?? Self.defaultCatchUpMilliseconds,
            jitterMilliseconds: numbers["jitter"] ?? 0, database: numbers["db"] ?? 0,
            targets: targets.map(\.withoutCaptures), softlyMilliseconds: numbers["softly"] ?? 0,
            overMilliseconds: numbers["over"] ?? 0, origin: Origin(.schedule, words, at: place),
            targetPlaces: targets.map(\.location))
    }

    /// A pattern that binds nothing: whatever a target's template names is unbound.
    private static let nothing = Pattern(
        text: "", separator: ASCII.colon, segments: [[]], hasRest: false, captures: [], captureOffsets: [])

    private mutating func read(_ cron: Word) -> CronExpression? {
        do throws(CronProblem) {
            return try CronExpression(cron.text.text)
        } catch {
            // A quoted word begins with its quote.
            let isQuoted = cron.location.length == cron.text.count + 2
            var location = cron.location(at: error.place.lowerBound, length: error.place.count)
            if isQuoted {
                location.column += 1 + error.place.lowerBound
                location.length = error.place.count
            }
            line.diagnostics.append(.error(location, error.message))
            return nil
        }
    }

    // MARK: Clauses

    /// Takes the clauses before `invalidate`, and that word; false when nothing behind makes sense.
    private mutating func takeTiming() -> Bool {
        while let word = line.next() {
            let text = word.text.text
            if text == "invalidate" { return true }
            switch text {
            case _ where !Self.timing.contains(text):
                let hint = Spelling.suggestion(for: text, among: Self.timing + ["invalidate"])
                line.fail(
                    word,
                    "expected 'zone', 'catch-up', 'jitter', 'db' or 'invalidate', found '\(word.text)'\(hint)"
                )
                return false
            case "within" where !said.contains("catch-up"):
                line.fail(word, "'within' limits what 'catch-up once' or 'catch-up all' does; say that first")
            default: break
            }
            note(word)
            take(text)
        }
        if line.isSound { line.expected("'invalidate'") }
        return false
    }

    private mutating func take(_ clause: String) {
        switch clause {
        case "zone": takeZone()
        case "catch-up": takeCatchUp()
        case "db": takeDatabase()
        default: takeDuration(clause)
        }
    }

    private mutating func takeManners() {
        while let word = line.next() {
            let text = word.text.text
            guard Self.manners.contains(text) else {
                if Self.timing.contains(text) {
                    line.fail(word, "'\(text)' goes before 'invalidate'")
                } else {
                    line.fail(word, "expected 'softly' or 'over', found '\(word.text)'")
                }
                return
            }
            note(word)
            takeDuration(text)
            if numbers["softly"] != nil, numbers["over"] != nil {
                line.fail(word, "'softly' spreads the misses already: remove it or 'over'")
            }
        }
    }

    private mutating func note(_ word: Word) {
        if !said.insert(word.text.text).inserted {
            line.fail(word, "'\(word.text)' is said twice; keep one")
        }
    }

    private mutating func takeZone() {
        guard let word = line.next() else { return line.expected("a time zone, such as 'Europe/Berlin'") }
        do throws(TimeZoneFile.Problem) {
            zone = try zones.rules(of: word.text.text)
        } catch {
            line.fail(word, error.text)
        }
    }

    private mutating func takeCatchUp() {
        guard let word = line.next() else { return line.expected("'once', 'skip' or 'all'") }
        guard let catchUp = CatchUp(rawValue: word.text.text) else {
            let hint = Spelling.suggestion(
                for: word.text.text, among: CatchUp.allCases.map(\.rawValue))
            return line.fail(word, "expected 'once', 'skip' or 'all', found '\(word.text)'\(hint)")
        }
        self.catchUp = catchUp
        if catchUp == .skip, let next = line.peeked, next.text == "within" {
            line.fail(next, "'within' says nothing where missed times are skipped; remove it")
        }
    }

    private mutating func takeDatabase() {
        guard let word = line.next() else { return line.expected("the number of a database") }
        guard let number = word.text.integer, (0...0xffff).contains(number) else {
            return line.fail(word, "expected the number of a database, found '\(word.text)'")
        }
        numbers["db"] = number
    }

    private mutating func takeDuration(_ clause: String) {
        guard let word = line.next() else { return line.expected("a duration, such as '30s'") }
        guard let milliseconds = DurationText.milliseconds(word.text.text) else {
            return line.fail(word, "expected \(DurationText.form), found '\(word.text)'")
        }
        guard (1...Self.longestMilliseconds).contains(milliseconds) else {
            return line.fail(word, "expected a duration from 1ms to 30d, found '\(word.text)'")
        }
        numbers[clause] = milliseconds
    }

    // MARK: Advice

    /// Warns of what is allowed and probably not meant.
    private mutating func advise(_ timetable: Timetable, _ cron: Word) {
        for oddity in timetable.expression.oddities {
            line.diagnostics.append(.warning(cron.location, oddity))
        }
        guard let shortest = timetable.shortestInterval else { return }
        for clause in ["jitter", "over", "softly"] {
            guard let length = numbers[clause], length >= Int(shortest) * 1000 else { continue }
            let message =
                "'\(clause)' is not shorter than the \(shortest / 60) minutes from one run to the next; runs"
                + " will overlap"
            line.diagnostics.append(.warning(cron.location, message))
        }
    }
}

extension Target {
    /// What it says where nothing is bound, so that templates are plain names.
    fileprivate var withoutCaptures: Schedule.Target {
        switch self {
        case .key(let name, _): .key(ByteString(name.literalPrefix))
        case .tag(let name, _): .tag(ByteString(name.literalPrefix))
        case .pattern(let pattern, _): .pattern(ScheduledPattern(pattern: pattern))
        }
    }

    fileprivate var location: SourceLocation {
        switch self {
        case .key(_, let location), .pattern(_, let location), .tag(_, let location): location
        }
    }
}
