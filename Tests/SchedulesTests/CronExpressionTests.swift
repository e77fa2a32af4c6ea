import Schedules
import Testing

@Suite("Cron expressions")
struct CronExpressionTests {
    @Test(
        "an expression names its minutes",
        arguments: [
            ("0 3 * * *", "2026-01-01 00:00", ["2026-01-01 03:00", "2026-01-02 03:00"]),
            ("*/15 * * * *", "2026-01-01 00:00", ["2026-01-01 00:15", "2026-01-01 00:30"]),
            ("5-59/20 8-10 * * *", "2026-01-01 10:25", ["2026-01-01 10:45", "2026-01-02 08:05"]),
            ("0 0 * * 7", "2026-01-01 00:00", ["2026-01-04 00:00", "2026-01-11 00:00"]),
            ("0 0 * * sun", "2026-01-01 00:00", ["2026-01-04 00:00", "2026-01-11 00:00"]),
            ("0 12 * * SAT-Sun", "2026-01-01 00:00", ["2026-01-03 12:00", "2026-01-04 12:00"]),
            ("0 12 * * fri-7", "2026-01-04 13:00", ["2026-01-09 12:00", "2026-01-10 12:00"]),
            ("0 0 1 Jan,jul *", "2026-01-01 00:00", ["2026-07-01 00:00", "2027-01-01 00:00"]),
            ("0 0 29 2 *", "2026-01-01 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"]),
            ("0 0 29 feb *", "2096-03-01 00:00", ["2104-02-29 00:00", "2108-02-29 00:00"]),
            ("0 0 31 * *", "2026-01-31 00:00", ["2026-03-31 00:00", "2026-05-31 00:00"]),
            // Either day is enough when neither field begins with a star.
            ("0 0 13 * fri", "2026-02-01 00:00", ["2026-02-06 00:00", "2026-02-13 00:00"]),
            ("0 0 30 2 mon", "2026-02-01 00:00", ["2026-02-02 00:00", "2026-02-09 00:00"]),
            // A step counts as a star: both must match then.
            ("0 0 */2 * fri", "2026-02-01 00:00", ["2026-02-13 00:00", "2026-02-27 00:00"]),
            ("0 0 29 2 */7", "2026-01-01 00:00", ["2032-02-29 00:00", "2060-02-29 00:00"]),
            ("59 23 31 12 *", "2026-12-31 23:58", ["2026-12-31 23:59", "2027-12-31 23:59"]),
            ("@hourly", "2026-01-01 00:00", ["2026-01-01 01:00", "2026-01-01 02:00"]),
            ("@daily", "2026-01-01 00:00", ["2026-01-02 00:00", "2026-01-03 00:00"]),
            ("@Midnight", "2026-01-01 00:00", ["2026-01-02 00:00", "2026-01-03 00:00"]),
            ("@weekly", "2026-01-01 00:00", ["2026-01-04 00:00", "2026-01-11 00:00"]),
            ("@monthly", "2026-01-01 00:00", ["2026-02-01 00:00", "2026-03-01 00:00"]),
            ("@yearly", "2026-01-01 00:00", ["2027-01-01 00:00", "2028-01-01 00:00"]),
            ("@annually", "2026-01-01 00:00", ["2027-01-01 00:00", "2028-01-01 00:00"]),
            (" 1  2\t3 4 * ", "2026-01-01 00:00", ["2026-04-03 02:01", "2027-04-03 02:01"]),
        ])
    func names(_ text: String, _ from: String, _ expected: [String]) throws {
        let timetable = Timetable(try CronExpression(text), in: .utc)
        var time = try Moment.utc(from)
        for moment in expected {
            time = try #require(timetable.next(after: time))
            #expect(Moment.text(time, in: .utc) == moment)
        }
        for moment in expected.dropLast().reversed() {
            time = try #require(timetable.previous(before: time))
            #expect(Moment.text(time, in: .utc) == moment)
        }
    }

    @Test(
        "what is wrong is said with the field, what was expected and what was found",
        arguments: [
            (
                "", "expected five fields (minute, hour, day of month, month, day of week), found 0 in ''",
                0..<1
            ),
            ("0 3 * *", "expected five fields", 0..<7),
            ("0 3 * * * *", "found 6 in '0 3 * * * *'", 0..<11),
            ("60 3 * * *", "expected a minute of 0 to 59, '*', a range, a list or a step, found '60'", 0..<2),
            ("0 24 * * *", "expected an hour of 0 to 23", 2..<4),
            ("0 3 0 * *", "expected a day of month of 1 to 31", 4..<5),
            ("0 3 * 13 *", "expected a month of 1 to 12 or jan to dec", 6..<8),
            ("0 3 * * 8", "expected a day of week of 0 to 7 or sun to sat", 8..<9),
            ("0 3 * * mon,tux", "found 'tux'", 12..<15),
            ("0 3 * * mon,", "found nothing", 12..<13),
            ("0 3 jan * *", "expected a day of month", 4..<7),
            ("0 22-2 * * *", "runs backwards: expected '22-23,0-2'", 2..<6),
            ("5/15 * * * *", "expected '5-59/15' or '*/15' as the minute, found '5/15'", 0..<4),
            ("*/0 * * * *", "expected a step of 1 to 59 in the minute, found '0' in '*/0'", 0..<3),
            ("*/60 * * * *", "expected a step of 1 to 59", 0..<4),
            ("*/ * * * *", "expected a step", 0..<2),
            ("0 */24 * * *", "expected a step of 1 to 23 in the hour", 2..<6),
            ("0 3 * * 1-2-3", "expected a day of week", 8..<13),
            ("-1 3 * * *", "expected a minute", 0..<2),
            ("00000000000000000001 3 * * *", "expected a minute", 0..<20),
            ("0 0 30 2 *", "no month of '2' has a day '30', so it would never run", 0..<10),
            ("0 0 31 2,4,6,9,11 *", "would never run", 0..<19),
            ("0 0 30 2 */2", "would never run", 0..<12),
            ("@reboot", "expected one of @hourly, @daily", 0..<7),
            ("0 3 * * \u{0}", "printable ASCII", 0..<9),
        ])
    func problems(_ text: String, _ message: String, _ place: Range<Int>) {
        do throws(CronProblem) {
            _ = try CronExpression(text)
            Issue.record("'\(text)' was accepted")
        } catch {
            #expect(error.message.contains(message), "\(error.message)")
            #expect(error.place == place, "'\(text)'")
        }
    }

    @Test("no text makes the parser fail otherwise than with a message")
    func anyText() {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("0123456789*/-,@ \tjanfebsuMON\u{7f}é")
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...24, using: &generator)
            let text = String((0..<length).map { _ in letters.randomElement(using: &generator)! })
            guard let expression = try? CronExpression(text) else { continue }
            let timetable = Timetable(expression, in: .utc)
            #expect(timetable.next(after: 1_800_000_000) != nil, "'\(text)'")
        }
    }
}
