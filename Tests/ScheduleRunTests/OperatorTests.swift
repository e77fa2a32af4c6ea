import TestSupport
import Testing

@Suite("Schedules and their operators")
struct OperatorTests {
    @Test("SCHEDULE RUN runs one now, and what is due stays due")
    func runNow() throws {
        let clock = try FakeClock("10:00:10")
        let stage = try ScheduleStage()
        let proxy = try stage.start("schedule n \"@daily\" invalidate tag:catalog", by: clock)
        try stage.fill(through: proxy, "product:1:name")
        let admin = try RawClient(proxy.admin)
        #expect(try admin.command("FRESHET", "SCHEDULE", "RUN", "n") == .simple("OK"))
        try waitUntil("stale keys are gone") { try stage.existing("product:1:name").isEmpty }
        #expect(try stage.runs("n", "asked") == 1)
        #expect(try stage.schedule("n", of: proxy)["next-run"] == "2026-03-02T00:00:00Z")
        try waitUntil("an audit record") {
            try stage.audit("schedule n (\(proxy.configurationPath):").count == 1
        }
        #expect(try stage.audit("asked for").count == 1)
        let unknown = try admin.command("FRESHET", "SCHEDULE", "RUN", "m")
        #expect(unknown.text?.contains("there is no schedule 'm'") == true)
        for words in [["SCHEDULE"], ["SCHEDULE", "LIST", "x"], ["SCHEDULE", "RUN"]] {
            try admin.send((["FRESHET"] + words).joined(separator: " ") + "\r\n")
            let reply = try admin.readFrame().reply
            #expect(reply.text?.hasPrefix("ERR wrong number of arguments for 'freshet|schedule") == true)
        }
        let wrong = try admin.command("FRESHET", "SCHEDULE", "NOPE")
        #expect(wrong.text?.contains("expected LIST or RUN") == true)
    }

    @Test("the command line lists schedules as a table and as JSON, and runs one")
    func commandLine() throws {
        let clock = try FakeClock("10:00:10")
        let stage = try ScheduleStage()
        let proxy = try stage.start(
            "schedule n \"0 3 * * *\" zone America/New_York invalidate tag:catalog", by: clock)
        let admin = "127.0.0.1:\(proxy.adminPort)"
        let table = try FreshetProcess.run(["schedule", "list", "--admin", admin])
        #expect(table.exit == .code(0))
        let lines = table.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("name  times"))
        #expect(lines[1].contains("2026-03-02T03:00:00-05:00"), "\(lines[1])")
        let json = try FreshetProcess.run(["schedule", "list", "--json", "--admin", admin])
        #expect(
            json.output.hasPrefix("{\"name\":\"n\",\"times\":\"0 3 * * *\",\"zone\":\"America/New_York\","))
        #expect(json.output.contains("\"last-run\":null") && json.output.contains("\"runs\":0"))
        #expect(try FreshetProcess.run(["schedule", "run", "n", "--admin", admin]).output == "OK\n")
        let unknown = try FreshetProcess.run(["schedule", "run", "m", "--admin", admin])
        #expect(unknown.exit == .code(1) && unknown.output.contains("there is no schedule 'm'"))
    }

    @Test("a check counts schedules, warns of doubtful ones and refuses wrong ones with their place")
    func check() throws {
        let directory = try TemporaryDirectory()
        func check(_ line: String, _ options: String...) throws -> (exit: ChildProcess.Exit, output: String) {
            try FileSystem.write("tag a:{x} catalog\n\(line)\n", to: directory.path + "/proxy.conf")
            return try FreshetProcess.run(["check", directory.path + "/proxy.conf"] + options)
        }
        let fine = try check("schedule n \"0 3 * * *\" invalidate tag:catalog")
        #expect(fine.exit == .code(0) && fine.output.contains("1 schedule lines"))
        let doubtful = try check("schedule n \"* 3 * * *\" invalidate tag:catalog")
        #expect(doubtful.exit == .code(0) && doubtful.output.contains("every minute of its hours"))
        #expect(try check("schedule n \"* 3 * * *\" invalidate tag:catalog", "--strict").exit == .code(78))
        let wrong = try check("schedule n \"0 24 * * *\" invalidate tag:catalog")
        #expect(wrong.exit == .code(78) && wrong.output.contains("proxy.conf:2:15"), "\(wrong.output)")
    }

    @Test("a Redis that refuses what proxies agree by is told once, in the log and in the audit")
    func refused() throws {
        let clock = try FakeClock("10:00:10")
        let stage = try ScheduleStage()
        try stage.redis("ACL", "SETUSER", "default", "-eval")
        let proxy = try stage.start("schedule n \"@daily\" invalidate home", by: clock, waits: false)
        try waitUntil("an audit record", withinMilliseconds: 30_000) {
            try stage.audit("NOPERM").contains { $0.contains("schedule n (\(proxy.configurationPath):") }
        }
        #expect(proxy.log.contains("a schedule cannot run"))
        try stage.redis("ACL", "SETUSER", "default", "+eval")
        try waitUntil("it is agreed about after all", withinMilliseconds: 40_000) {
            try stage.schedule("n", of: proxy)["next-run"] == "2026-03-02T00:00:00Z"
        }
    }
}
