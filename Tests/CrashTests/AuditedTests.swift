import TestSupport
import Testing

/// What a killed proxy has done, or has owed, is in the audit.
@Suite("The audit of a killed proxy")
struct AuditedTests {
    private struct Stage {
        let redis: RedisServer
        let proxy: FreshetProcess
        let audit: String

        init(_ conventions: String) throws {
            redis = try RedisServer()
            audit = redis.directory.path + "/audit.jsonl"
            proxy = try FreshetProcess(
                upstream: redis.unix, configuration: "audit-file \(audit)\nworkers 2\n" + conventions)
        }

        func records() throws -> [Substring] { try FileSystem.readText(audit).split(separator: "\n") }

        func recover() throws {
            try proxy.start()
            try waitUntil("the recovery is over", withinMilliseconds: 90_000) {
                try proxy.metric("freshet_recovery_pending") == 0
            }
        }
    }

    @Test("fault 252: after kill -9 every acknowledged invalidation has a record, and the end is a gap")
    func killed() throws {
        let stage = try Stage("depend copy:{n} on src:{n}\ndepend page:{n} on copy:{n}")
        var acknowledged: [String] = []
        for round in 0..<3 {
            let client = try RawClient(stage.proxy.unix)
            let names = (0..<600).map { "src:\(round)x\($0)" }
            try client.send(names.flatMap { RequestEncoding.command(["SET", $0, "x"]) })
            // All but the last hundred are answered; of those behind nobody knows.
            for name in names.prefix(500) {
                #expect(try client.readFrame().reply == .simple("OK"))
                acknowledged.append(name)
            }
            try stage.proxy.kill()
            try stage.recover()
        }
        var missing: [String] = []
        try waitUntil("the records of what was recovered", withinMilliseconds: 30_000) {
            let records = try stage.records()
            let named = Set(
                records.compactMap { line -> Substring? in
                    let parts = line.split(separator: "\"key\":\"src:", maxSplits: 1)
                    return parts.count == 2 ? parts[1].prefix { $0 != "\"" } : nil
                })
            missing = acknowledged.filter { !named.contains($0.dropFirst(4)) }
            return missing.isEmpty
        }
        #expect(
            missing.isEmpty, "\(missing.count) of \(acknowledged.count) lack a record: \(missing.prefix(5))")
        let gaps = try stage.records().filter { $0.contains("\"kind\":\"gap\"") }
        #expect(gaps.count == 3 && gaps.allSatisfy { $0.contains("did not stop in order") }, "\(gaps)")
        let verified = try FreshetProcess.run(["audit", "verify", stage.audit])
        #expect(verified.exit == .code(0) && verified.output.contains("a gap, "), "\(verified.output)")
    }

    @Test("fault 252: an orderly stop leaves no gap")
    func orderly() throws {
        let stage = try Stage("depend copy:{n} on src:{n}")
        for number in 0..<50 { _ = try RawClient(stage.proxy.unix).command("SET", "src:\(number)", "x") }
        stage.proxy.signal(15)
        #expect(try stage.proxy.waitForExit() == .code(0))
        #expect(try stage.records().last?.contains("\"kind\":\"stop\"") == true)
        try stage.recover()
        #expect(try !stage.records().contains { $0.contains("\"kind\":\"gap\"") })
    }

    @Test("fault 250: why tells what was removed from what was softened, given a time, or not there")
    func fates() throws {
        let stage = try Stage("tag p:** all\ndepend copy:{n} on src:{n}")
        let admin = try RawClient(stage.proxy.admin)
        try waitUntil("a trusted index") {
            try admin.command("FRESHET", "INFO").text?.contains("\r\nsuspect:no") == true
        }
        let client = try HiredisClient(stage.proxy.unix)
        for name in ["copy:1", "p:soft", "timed"] { _ = try client.command("SET", name, "x") }
        _ = try client.command("SET", "src:1", "x")
        _ = try client.command("SET", "src:2", "x")
        for line in [
            ["INVALIDATE", "KEY", "p:soft", "SOFTLY", "30s"], ["TTL", "60s", "timed", "none"],
            ["INVALIDATE", "KEY", "absent"],
        ] { #expect(try !admin.command(["FRESHET"] + line).isError) }
        func why(_ key: String) throws -> String {
            try FreshetProcess.run(["audit", "why", stage.audit, key]).output
        }
        for (key, words) in [
            ("copy:1", "copy:1 removed: built from src:1"),
            ("copy:2", "copy:2 was named, but was not there: built from src:2"),
            ("p:soft", "p:soft was let expire within 30 s: "), ("timed", "timed was given 60 s to live: "),
            ("none", "none was named, but was not there: "),
            ("absent", "absent was named, but was not there: "),
            ("stranger", "stranger is named by none of "),
        ] {
            try waitUntil("\(words), not \(try why(key))") { try why(key).contains(words) }
        }
    }
}
