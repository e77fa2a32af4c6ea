import Schedules
import TestSupport
import Testing

@Suite("Time zones")
struct TimeZoneTests {
    @Test("every zone of the system agrees with Python's zoneinfo, past its table as well")
    func everyZone() throws {
        let program = """
            import zoneinfo
            from datetime import datetime, timezone
            for name in sorted(zoneinfo.available_timezones()):
                zone = zoneinfo.ZoneInfo(name)
                for time in range(-2000000000, 6000000000, 12345678):
                    clock = datetime.fromtimestamp(time, timezone.utc).astimezone(zone)
                    print(name, time, int(clock.utcoffset().total_seconds()))
            """
        let directory = try TemporaryDirectory()
        try FileSystem.write(program, to: directory.path + "/zones.py")
        let (exit, output) = try ChildProcess.run([
            RepositoryRoot.file(".build/venv/bin/python"), directory.path + "/zones.py",
        ])
        try #require(exit == .code(0), "\(output.suffix(2000))")
        var known: [Substring: TimeZoneRules] = [:]
        var wrong: [Substring] = []
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: " ")
            // Names that only Python's own package has are no zones of the system.
            guard FileSystem.exists("\(TimeZoneFile.systemFolder)/\(parts[0])") else { continue }
            let zone = try known[parts[0]] ?? TimeZoneFile().rules(of: String(parts[0]))
            known[parts[0]] = zone
            if zone.offset(at: Int64(parts[1])!) != Int64(parts[2])! { wrong.append(line) }
        }
        #expect(known.count > 300)
        #expect(wrong.isEmpty, "\(wrong.count) differ: \(wrong.prefix(5))")
    }

    @Test(
        "a name that is none, or that leaves the folder, is refused before any file is opened",
        arguments: [
            "", "..", "../../etc/passwd", "/etc/passwd", "Europe/../../../etc/passwd", "Europe//Berlin",
            "Europe/Berlin/", "./UTC", ".", "Europe/.hidden", "a\u{0}b", "Europe\\Berlin", "Ümlaut",
            "America/Argentina/Buenos_Aires/And/So/On/For/More/Than/Sixty-Four/Bytes",
        ])
    func hostileNames(_ name: String) throws {
        let problem = #expect(throws: TimeZoneFile.Problem.self) { try TimeZoneFile().rules(of: name) }
        #expect(problem?.text.contains("expected the name of a time zone") == true, "\(problem?.text ?? "")")
    }

    @Test("an unknown name is said, with the one that was probably meant")
    func unknownNames() throws {
        let problem = #expect(throws: TimeZoneFile.Problem.self) {
            try TimeZoneFile().rules(of: "europe/berlin")
        }
        #expect(problem?.text.contains("there is no time zone 'europe/berlin'") == true)
        #expect(problem?.text.contains("did you mean 'Europe/Berlin'?") == true)
        let folder = #expect(throws: TimeZoneFile.Problem.self) { try TimeZoneFile().rules(of: "Europe") }
        #expect(folder?.text.contains("is not a file") == true)
        let missing = #expect(throws: TimeZoneFile.Problem.self) {
            try TimeZoneFile(folder: "/nowhere").rules(of: "Europe/Berlin")
        }
        #expect(missing?.text.contains("install the package tzdata") == true)
    }

    @Test("files of version 1, of no rule, and with a rule of every form are read")
    func versions() throws {
        let directory = try TemporaryDirectory()
        let files = TimeZoneFile(folder: directory.path)
        func rules(_ file: ZoneBytes) throws -> TimeZoneRules {
            try file.write(to: directory.path + "/Zone")
            return try files.rules(of: "Zone")
        }
        let old = try rules(ZoneBytes(version: 1, changes: [(1000, 1)], offsets: [60, 7200]))
        #expect([999, 1000, 9_000_000_000].map { old.offset(at: $0) } == [60, 7200, 7200])
        let plain = try rules(ZoneBytes(version: 2, changes: [(1000, 1)], offsets: [60, 7200], footer: ""))
        #expect([999, 1000, 9_000_000_000].map { plain.offset(at: $0) } == [60, 7200, 7200])
        // Summer time all year, as RFC 8536 section 3.3 writes it.
        let summer = try rules(
            ZoneBytes(version: 3, changes: [], offsets: [-14400], footer: "XXX3EDT4,0/0,J365/23"))
        #expect(
            stride(from: Int64(0), to: 100_000_000, by: 999_999).allSatisfy {
                summer.offset(at: $0) == -14400
            })
        let julian = try rules(
            ZoneBytes(version: 4, changes: [], offsets: [0], footer: "<+00>0<+01>-1,J60/0,300/-2:30:15"))
        // 1 March 1972, a leap year, and day 300 counted from 0: 27 October less two and a half hours.
        #expect([68_256_000 - 1, 68_256_000].map { julian.offset(at: $0) } == [0, 3600])
        let end: Int64 = 63_072_000 + 300 * 86400 - 9015 - 3600
        #expect([end - 1, end].map { julian.offset(at: $0) } == [3600, 0])
    }

    @Test("a damaged file is refused with what is wrong with it")
    func damage() throws {
        let directory = try TemporaryDirectory()
        func problem(_ bytes: [UInt8]) throws -> String {
            try ZoneBytes.write(bytes, to: directory.path + "/Zone")
            let thrown = #expect(throws: TimeZoneFile.Problem.self) {
                try TimeZoneFile(folder: directory.path).rules(of: "Zone")
            }
            return thrown?.text ?? ""
        }
        #expect(try problem([]).contains("expected a TZif header at byte 0"))
        #expect(try problem(Array("#!/bin/sh\n".utf8)).contains("expected a TZif header"))
        let unordered = ZoneBytes(version: 2, changes: [(2000, 0), (1000, 0)], offsets: [0], footer: "")
        #expect(try problem(unordered.bytes).contains("not in order"))
        let typeless = ZoneBytes(version: 2, changes: [(1000, 7)], offsets: [0], footer: "")
        #expect(try problem(typeless.bytes).contains("unknown type"))
        let far = ZoneBytes(version: 2, changes: [], offsets: [200_000], footer: "")
        #expect(try problem(far.bytes).contains("an offset of 200000 seconds"))
        for footer in ["CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "1", "CET-25"] {
            let file = ZoneBytes(version: 2, changes: [], offsets: [0], footer: footer)
            #expect(try problem(file.bytes).contains("is not understood"), "\(footer)")
        }
        #expect(try problem([UInt8](repeating: 0, count: 300 << 10)).contains("no time zone has more than"))
    }

    @Test("no change of bytes in a zone file does more than to have it refused")
    func mutations() throws {
        var seed = Seed.ofThisRun()
        let directory = try TemporaryDirectory()
        let whole = try FileSystem.read(TimeZoneFile.systemFolder + "/Africa/Casablanca")
        let sundays = try CronExpression("30 2 * * sun")
        var refused = 0
        for number in 0..<1500 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<4, using: &seed) {
                // Headers and footer are where damage tells.
                let places = [0..<44, 0..<bytes.count, max(0, bytes.count - 20)..<bytes.count]
                let place = Int.random(in: places[number % 3], using: &seed)
                bytes[place] = UInt8.random(in: 0...255, using: &seed)
            }
            if number % 4 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &seed)) }
            try ZoneBytes.write(bytes, to: directory.path + "/Zone")
            do throws(TimeZoneFile.Problem) {
                let zone = try TimeZoneFile(folder: directory.path).rules(of: "Zone")
                let timetable = Timetable(sundays, in: zone)
                for time in [Int64.min, -5_000_000_000, 0, 1_800_000_000, 4_000_000_000, .max] {
                    if let next = timetable.next(after: time), time < 4_000_000_001 {
                        #expect(next > time, "\(seed)")
                    }
                    _ = timetable.previous(before: time)
                }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}
