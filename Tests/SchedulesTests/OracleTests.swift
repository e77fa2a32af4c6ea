import Schedules
import TestSupport
import Testing

@Suite("Due moments against other implementations")
struct OracleTests {
    private struct Case: CustomStringConvertible {
        var expression: String
        var zone: String
        var from: Int64
        var to: Int64

        var description: String { "\(expression)|\(zone)|\(from)|\(to)" }
    }

    private static let zones = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu",
        "Europe/Dublin", "America/Nuuk", "America/St_Johns", "Pacific/Apia", "Pacific/Chatham", "Asia/Gaza",
        "America/Sao_Paulo", "Africa/Cairo", "Asia/Tehran", "Antarctica/Troll", "UTC",
    ]

    @Test("thousands of expressions are due when a walk over every minute says, and when cronsim says")
    func walk() throws {
        let seed = Seed.ofThisRun()
        var generator = seed
        let cases = try (0..<240).map { _ in try Self.drawn(&generator) }
        let directory = try TemporaryDirectory()
        try FileSystem.write(cases.map { "\($0)\n" }.joined(), to: directory.path + "/cases")
        let (exit, output) = try ChildProcess.run([
            RepositoryRoot.file(".build/venv/bin/python"),
            RepositoryRoot.file("Tests/clients/python/due_moments.py"), directory.path + "/cases",
        ])
        try #require(exit == .code(0), "\(output.suffix(2000))")
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var moments = 0
        for (number, found) in try cases.map({ try Self.due($0) }).enumerated() {
            moments += found.count
            let text = found.map(String.init).joined(separator: " ")
            #expect(text == lines[2 * number], "walk: \(cases[number]) \(seed)")
            if lines[2 * number + 1] != "unknown" {
                #expect(text == lines[2 * number + 1], "cronsim: \(cases[number]) \(seed)")
            }
        }
        #expect(moments > 1000, "the cases have due moments at all")
    }

    /// Three days, mostly around a change of the zone's clocks, of any year from 1971 to 2120.
    private static func drawn(_ generator: inout Seed) throws -> Case {
        let zone = zones.randomElement(using: &generator)!
        let rules = try TimeZoneFile().rules(of: zone)
        var from = Int64.random(in: 31_536_000...4_733_510_400, using: &generator)
        let change = rules.span(at: from).end
        if change < 5_000_000_000, Int.random(in: 0..<5, using: &generator) > 0 { from = change - 86400 }
        return Case(
            expression: expression(near: rules.clock(at: from + 86400), &generator), zone: zone, from: from,
            to: from + 3 * 86400)
    }

    /// An expression that is likely to be due around a local time.
    private static func expression(near time: CivilTime, _ generator: inout Seed) -> String {
        let hour = (time.hour + Int.random(in: -2...2, using: &generator) + 24) % 24
        let minutes = [
            "0", "30", "15,45", "*", "*/15", "10-20/5", "\(Int.random(in: 0...59, using: &generator))",
        ]
        let hours = ["*", "\(hour)", "\(min(hour, 22))-23", "*/2", "0-12/3", "\(hour),\((hour + 1) % 24)"]
        let days = ["*", "*", "\(time.day)", "1-28/3", "*/2"]
        let months = ["*", "*", "\(time.month)", "1-12/2"]
        let weekdays = ["*", "*", "sun", "mon-fri", "0,6", "*/3", "5-7"]
        return [minutes, hours, days, months, weekdays].map { $0.randomElement(using: &generator)! }
            .joined(separator: " ")
    }

    private static func due(_ drawn: Case) throws -> [Int64] {
        let timetable = Timetable(
            try CronExpression(drawn.expression), in: try TimeZoneFile().rules(of: drawn.zone))
        var moments: [Int64] = []
        var time = drawn.from
        while let next = timetable.next(after: time), next < drawn.to {
            let back = timetable.previous(before: next + 1)
            #expect(back == next, "\(drawn): backwards from right behind a due moment is that moment")
            if let last = moments.last { #expect(timetable.previous(before: next) == last, "\(drawn)") }
            moments.append(next)
            time = next
        }
        return moments
    }
}
