import Bytes
import Naming
import Schedules
import Testing

@Suite("Schedule lines")
struct ScheduleTests {
    /// The words of a schedule line, the cron expression between quotes.
    private func split(_ line: String) -> [Word] {
        var words: [Word] = []
        var column = 1
        for (number, part) in line.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            if number % 2 == 1 {
                let place = SourceLocation(
                    file: "proxy.conf", line: 1, column: column - 1, length: part.utf8.count + 2)
                words.append(Word(text: ByteString(String(part)), location: place))
            } else {
                var start = column
                for word in part.split(separator: " ", omittingEmptySubsequences: false) {
                    let place = SourceLocation(
                        file: "proxy.conf", line: 1, column: start, length: word.utf8.count)
                    if !word.isEmpty { words.append(Word(text: ByteString(String(word)), location: place)) }
                    start += word.utf8.count + 1
                }
            }
            column += part.utf8.count + 1
        }
        return words
    }

    private func add(_ lines: [String], to set: inout ConventionSet) -> [Diagnostic] {
        lines.flatMap { line in
            let words = split(line)
            let rest = Array(words.dropFirst())
            return words[0].text == "schedule"
                ? set.addSchedule(rest, at: words[0].location) : set.add(line)
        }
    }

    private func diagnostics(_ lines: String..., allowBroad: Bool = false) -> [Diagnostic] {
        var set = ConventionSet(allowBroad: allowBroad)
        let own = add(lines, to: &set)
        return own.isEmpty ? set.compile().1 : own
    }

    @Test("a line with every clause is read as it is written")
    func everyClause() throws {
        var set = ConventionSet()
        let found = add(
            [
                "tag product:{id}:** catalog",
                "schedule nightly \"0 3 * * *\" zone Europe/Berlin catch-up all within 2h jitter 30s db 3 "
                    + "invalidate tag:catalog home:page pattern:search:{lang}:** over 10m",
                "schedule soft \"@hourly\" invalidate tag:catalog softly 5m",
            ], to: &set)
        #expect(found.isEmpty)
        let (compiled, more) = set.compile()
        #expect(more.isEmpty)
        let conventions = try #require(compiled)
        #expect(conventions.scheduleCount == 2 && conventions.count == 3)
        let nightly = try #require(conventions.schedule(named: "nightly"))
        #expect(nightly.specification == "0 3 * * *, Europe/Berlin")
        #expect(nightly.catchUp == .all && nightly.catchUpMilliseconds == 7_200_000)
        #expect(nightly.jitterMilliseconds == 30_000 && nightly.database == 3)
        #expect(nightly.overMilliseconds == 600_000 && nightly.softlyMilliseconds == 0)
        #expect(nightly.targets.map(\.text) == ["tag:catalog", "home:page", "pattern:search:{lang}:**"])
        #expect(nightly.origin.place == "proxy.conf:1")
        let soft = try #require(conventions.schedule(named: "soft"))
        #expect(soft.softlyMilliseconds == 300_000)
        #expect(soft.catchUp == .once && soft.catchUpMilliseconds == 30 * 86_400_000)
        #expect(soft.specification == "@hourly, UTC")
        guard case .pattern(let pattern) = nightly.targets[2] else {
            Issue.record("not a pattern")
            return
        }
        #expect(pattern.matches("search:en:shoes:red") && !pattern.matches("search:en"))
        #expect((0..<100).allSatisfy { (0..<30_000).contains(nightly.delay(of: Int64($0))) })
        #expect(Set((0..<100).map { nightly.delay(of: Int64($0) * 60) }).count > 90)
    }

    @Test(
        "what is wrong is said at its place",
        arguments: [
            ("schedule", 1, "expected a name after 'schedule', found the end of the line"),
            ("schedule n", 11, "expected a cron expression"),
            ("schedule n \"0 3 * *\" invalidate a", 13, "expected five fields"),
            ("schedule n \"0 24 * * *\" invalidate a", 15, "expected an hour of 0 to 23"),
            ("schedule n \"0 0 30 2 *\" invalidate a", 13, "would never run"),
            ("schedule n \"0 3 * * *\"", 23, "expected 'invalidate'"),
            ("schedule n \"0 3 * * *\" invalidate", 34, "expected a target"),
            ("schedule n \"0 3 * * *\" invalidat a", 24, "did you mean 'invalidate'?"),
            ("schedule n \"0 3 * * *\" zone", 28, "expected a time zone"),
            ("schedule n \"0 3 * * *\" zone europe/berlin invalidate a", 29, "did you mean 'Europe/Berlin'?"),
            (
                "schedule n \"0 3 * * *\" zone ../../etc/passwd invalidate a", 29,
                "expected the name of a time zone"
            ),
            ("schedule n \"0 3 * * *\" catch-up twice invalidate a", 33, "expected 'once', 'skip' or 'all'"),
            ("schedule n \"0 3 * * *\" within 3h invalidate a", 24, "say that first"),
            ("schedule n \"0 3 * * *\" catch-up skip within 3h invalidate a", 38, "remove it"),
            ("schedule n \"0 3 * * *\" jitter 30 invalidate a", 31, "expected a duration with its unit"),
            ("schedule n \"0 3 * * *\" jitter 31d invalidate a", 31, "from 1ms to 30d"),
            ("schedule n \"0 3 * * *\" jitter 1s jitter 2s invalidate a", 34, "said twice"),
            ("schedule n \"0 3 * * *\" db x invalidate a", 27, "expected the number of a database"),
            ("schedule n \"0 3 * * *\" invalidate a zone UTC", 37, "'zone' goes before 'invalidate'"),
            ("schedule n \"0 3 * * *\" invalidate a softly 1m over 1m", 47, "remove it or 'over'"),
            ("schedule n \"0 3 * * *\" invalidate product:{id}", 43, "the pattern binds nothing"),
            ("schedule n \"0 3 * * *\" invalidate tag:p/{id}", 41, "the pattern binds nothing"),
            ("schedule n \"0 3 * * *\" invalidate pattern:**", 35, "allow-broad yes"),
            ("schedule n \"0 3 * * *\" invalidate freshet:tag:x", 35, "off limits"),
            ("schedule n \"0 3 * * *\" invalidate pattern:freshet:run:**", 35, "off limits"),
        ])
    func problems(_ line: String, _ column: Int, _ message: String) {
        let found = diagnostics(line).filter { $0.severity == .error }
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.message.contains(message) == true, "\(found.first?.message ?? "")")
        #expect(found.first?.location.column == column, "\(found)")
    }

    @Test("names are given once, protected keys are refused, and allow-broad allows what is broad")
    func together() {
        let twice = diagnostics(
            "schedule n \"0 3 * * *\" invalidate a", "schedule n \"0 4 * * *\" invalidate b")
        #expect(twice.map(\.message).first?.contains("already defined at proxy.conf:1") == true)
        let protected = diagnostics("protect a:**", "schedule n \"0 3 * * *\" invalidate a:b")
        #expect(protected.map(\.message).first?.contains("is protected at proxy.conf:1") == true)
        #expect(diagnostics("schedule n \"0 3 * * *\" invalidate pattern:**", allowBroad: true).isEmpty)
    }

    @Test(
        "what is allowed and probably not meant is warned of",
        arguments: [
            ("schedule n \"* 3 * * *\" invalidate a", "every minute of its hours"),
            ("schedule n \"0 3 13 * 5\" invalidate a", "cron takes either, not both"),
            ("schedule n \"0 3 31 * *\" invalidate a", "without a day '31': Feb, Apr, Jun, Sep, Nov"),
            ("schedule n \"0 3 29 2 *\" invalidate a", "Feb but for leap years"),
            (
                "schedule n \"*/5 * * * *\" jitter 5m invalidate a",
                "'jitter' is not shorter than the 5 minutes"
            ),
            ("schedule n \"0 3 * * *\" invalidate tag:nobody", "no 'tag' line gives the tag 'nobody'"),
        ])
    func warnings(_ line: String, _ message: String) {
        let found = diagnostics("tag x:{id} x", line)
        #expect(found.map(\.severity) == [.warning])
        #expect(found.first?.message.contains(message) == true, "\(found.first?.message ?? "")")
    }

    @Test("an explanation tells which schedules invalidate a key, and a listing tells what each does")
    func explained() throws {
        var set = ConventionSet()
        let found = add(
            [
                "tag product:{id}:** catalog/{id}",
                "schedule nightly \"0 3 * * *\" invalidate tag:catalog",
                "schedule hourly \"@hourly\" invalidate home pattern:search:**",
            ], to: &set)
        #expect(found.isEmpty)
        let conventions = try #require(set.compile().0)
        func lines(_ key: ByteString) -> String {
            conventions.explain(key: key, command: nil).lines.joined(separator: "\n")
        }
        #expect(lines("product:7:name").contains("nightly  carries catalog/7, below catalog"))
        #expect(lines("home").contains("hourly  by its name"))
        #expect(lines("search:en").contains("hourly  matches search:**"))
        #expect(!lines("other").contains("Schedules"))
        let described = conventions.describe().filter { $0.origin.kind == .schedule }
        #expect(described.map(\.effects) == [["tag:catalog"], ["home", "pattern:search:**"]])
        #expect(Conventions.isReserved("freshet:run:nightly"))
    }
}
