import TestSupport
import Testing

@Suite("Evidence")
struct EvidenceTests {
    /// A stage on which a few things have been invalidated.
    private func busyStage() throws -> Stage {
        let stage = try Stage("tag product:{id}:** product:{id}\ndepend b:{x} on a:{x}")
        try stage.run(["SET b:1 x", "SET a:1 x", "SET product:1:a x", "SET a:1 y", "SET a:2 y NX"])
        #expect(try stage.invalidate("TAG product:1") == 1)
        return stage
    }

    @Test("the chain of the audit verifies, and does not once a byte was changed")
    func chain() throws {
        let stage = try busyStage()
        #expect(try stage.audit("cascade", count: 2).isEmpty == false)
        #expect(try stage.audit("invalidate", count: 1).count == 1)
        stage.proxy.stop()
        let intact = try FreshetProcess.run(["audit", "verify", stage.auditPath])
        #expect(intact.exit == .code(0), "\(intact.output)")
        let text = try FileSystem.readText(stage.auditPath)
        let forged = text.split(separator: "\n").map { line in
            line.contains("\"kind\":\"invalidate\"") ? Self.forged(line) : String(line)
        }
        try FileSystem.write(forged.joined(separator: "\n") + "\n", to: stage.auditPath)
        let verdict = try FreshetProcess.run(["audit", "verify", stage.auditPath])
        #expect(verdict.exit == .code(2), "\(verdict.output)")
    }

    private static func forged(_ line: Substring) -> String {
        line.split(separator: "\"deleted\":1", omittingEmptySubsequences: false)
            .joined(separator: "\"deleted\":2")
    }

    @Test("audit why tells who made a key vanish")
    func why() throws {
        let stage = try busyStage()
        _ = try stage.audit("cascade", count: 2)
        let told = try FreshetProcess.run(["audit", "why", stage.auditPath, "b:1"])
        #expect(told.exit == .code(0))
        #expect(told.output.contains("depend b:{x} on a:{x}"), "\(told.output)")
        #expect(told.output.contains("a:1"), "\(told.output)")
    }

    @Test("every record of a cascade names its cause: who, what, which line")
    func cause() throws {
        let stage = try busyStage()
        let record = try #require(try stage.audit("cascade", count: 1).first)
        for part in [
            "\"user\":\"default\"", "\"cmd\":\"set\"", "\"db\":0", "\"key\":\"a:1\"", "\"key\":\"b:1\"",
            "\"why\":\"depend b:{x} on a:{x}\"", "proxy.conf:", "\"outcome\":\"done\"",
        ] {
            #expect(record.contains(part), "no \(part) in \(record)")
        }
        #expect(!record.contains("\"x\""))
    }

    @Test("the metrics move with the work")
    func metrics() throws {
        let stage = try busyStage()
        let expected: [(String, Double)] = [
            ("freshet_mutations_total{outcome=\"changed\"}", 4),
            ("freshet_cascades_total{outcome=\"done\"}", 4),
            ("freshet_index_records_total", 1),
            ("freshet_index_suspect", 0),
            ("freshet_upstream_up{role=\"primary\"}", 1),
            ("freshet_config_last_reload_successful", 1),
        ]
        for (name, least) in expected {
            try waitUntil("\(name) at \(least)") { try (stage.proxy.metric(name) ?? -1) >= least }
        }
        for series in [
            "cache_invalidations_total{type=\"tag\",source=\"admin\"",
            "cache_invalidations_total{type=\"key\",source=\"mutation\"",
            "freshet_commands_total{command=\"set\"",
        ] {
            try waitUntil("the series \(series)") {
                try AdminHTTP.get("/metrics", from: stage.proxy.admin).body.contains(series)
            }
        }
    }

    @Test("promtool has nothing to say about /metrics")
    func promtool() throws {
        let stage = try busyStage()
        let response = try AdminHTTP.get("/metrics", from: stage.proxy.admin)
        #expect(response.status == 200)
        let page = stage.redis.directory.path + "/metrics"
        try FileSystem.write(response.body, to: page)
        let verdict = try ChildProcess.run(["/bin/sh", "-c", "promtool check metrics < \(page)"])
        #expect(verdict.exit == .code(0), "\(verdict.output)")
    }

    @Test("/audit lists the last records, those of one key on request")
    func auditPage() throws {
        let stage = try busyStage()
        try waitUntil("the record of the tag on /audit") {
            let page = try AdminHTTP.get("/audit?key=product:1:a", from: stage.proxy.admin)
            return page.status == 200 && page.body.contains("\"kind\":\"invalidate\"")
                && !page.body.contains("\"key\":\"b:1\"")
        }
    }
}
