import TestSupport
import Testing

@Suite("Metrics while work goes on")
struct LiveMetricsTests {
    private func total(_ stage: DrainStage, _ name: String, _ labels: String) throws -> Double {
        let body = try AdminHTTP.get("/metrics", from: stage.proxy.admin).body
        return body.split(separator: "\n").filter { $0.hasPrefix(name + "{") && $0.contains(labels) }
            .compactMap { line in line.lastIndex(of: " ").flatMap { Double(line[line.index(after: $0)...]) } }
            .reduce(0, +)
    }

    @Test("fault 253: keys count as they go, and the rate is not 0 while a tag is drained")
    func live() throws {
        let stage = try DrainStage("tag p:** all")
        try stage.fill("p:", 3000, tag: "all")
        let number = try stage.ask("INVALIDATE", "TAG", "all", "OVER", "6s", "ASYNC")["queued"]?.integer ?? 0
        var seen: Set<Double> = []
        var hadRate = false
        try waitUntil("the end of the drain", withinMilliseconds: 30_000) {
            let state = try stage.ask("INVALIDATE", "PROGRESS", "\(number)")["state"]?.text
            if state == "running" {
                seen.insert(try total(stage, "cache_invalidations_total", "type=\"tag\""))
                let rate = try total(stage, "cache_invalidations_per_second", "type=\"tag\"")
                hadRate = hadRate || rate > 0
            }
            return state == "done"
        }
        #expect(seen.count > 3 && hadRate, "\(seen.sorted()), the rate was seen: \(hadRate)")
        try waitUntil("exact totals") {
            try total(stage, "cache_invalidations_total", "type=\"tag\"") == 3000
                && total(stage, "freshet_cascade_keys_total", "deleted") == 3000
                && total(stage, "freshet_cascade_keys_total", "reached") == 3000
        }
    }

    @Test("fault 254: the duration of an invalidation has what it waited for, and not what was planned")
    func durations() throws {
        let stage = try DrainStage(
            """
            rule later on src:{n} invalidate copy:{n} after 3s
            """)
        let name = "cache_invalidation_duration_seconds_"
        // What is planned: it is owed for no longer than it takes.
        _ = try stage.client.command("SET", "copy:1", "x")
        _ = try stage.client.command("SET", "src:1", "x")
        try waitUntil("the rule's work", withinMilliseconds: 20_000) {
            try stage.client.command("EXISTS", "copy:1") == .integer(0)
        }
        try stage.fill("p:", 100, tag: "spread")
        _ = try stage.ask("INVALIDATE", "TAG", "spread", "OVER", "3s")
        try waitUntil("both") {
            try total(stage, name + "count", "method=\"tag\",result=\"done\"") >= 1
                && total(stage, name + "count", "method=\"key\",result=\"done\"") >= 1
        }
        #expect(try total(stage, name + "sum", "result=\"done\"") < 2.5)
        // What nobody planned: a Redis that is away.
        try stage.redis.kill()
        let number = try stage.ask("INVALIDATE", "KEY", "other")["queued"]?.integer ?? 0
        try waitUntil("some of the outage", withinMilliseconds: 20_000) {
            let entries = try stage.admin.run("FRESHET QUEUE SHOW \(number)").elements ?? []
            let age = entries.indices.first { entries[$0].text == "age" }.map { entries[$0 + 1].text ?? "" }
            return Double(age ?? "") ?? 0 >= 3
        }
        try stage.redis.start()
        try waitUntil("the work", withinMilliseconds: 30_000) {
            try stage.ask("INVALIDATE", "PROGRESS", "\(number)")["state"]?.text == "done"
        }
        #expect(try total(stage, name + "sum", "method=\"key\",result=\"done\"") >= 3)
        #expect(try total(stage, name + "bucket", "method=\"key\",result=\"done\"") > 0)
    }

    @Test("fault 247: a pause shows wherever somebody looks")
    func pauses() throws {
        let stage = try DrainStage("rule r on src:{n} invalidate copy:{n} after 1ms\ntag p:** all")
        func readiness() throws -> String {
            try AdminHTTP.get("/readyz?verbose", from: stage.proxy.admin).body
        }
        func rule() throws -> String? {
            let row = try stage.admin.run("FRESHET RULE LIST").elements?.first?.elements ?? []
            return row.indices.first { row[$0].text == "state" }.flatMap { row[$0 + 1].text }
        }
        #expect(try !readiness().contains("paused"))
        #expect(try stage.admin.run("FRESHET INFO queue").text == "# Queue\r\npaused:no\r\npaused_rules:\r\n")
        #expect(try rule() == "active")
        #expect(try stage.admin.run("FRESHET PAUSE") == .simple("OK"))
        _ = try stage.client.command("SET", "src:1", "x")
        #expect(try stage.admin.run("FRESHET INFO").text?.contains("\r\npaused:yes\r\n") == true)
        #expect(try readiness().contains("paused: all that nobody asked for"))
        #expect(try rule() == "paused with everything")
        try waitUntil("the held work") {
            let entry = try stage.admin.run("FRESHET QUEUE").elements?.first?.elements ?? []
            return entry.compactMap(\.text).contains("FRESHET PAUSE")
        }
        let told = try FreshetProcess.run(["queue", "--admin", "127.0.0.1:\(stage.proxy.adminPort)"])
        #expect(told.output.contains("PAUSED: all") && told.output.contains("held by"), "\(told.output)")
        #expect(try stage.admin.run("FRESHET RESUME") == .simple("OK"))
        #expect(try !readiness().contains("paused"))
        #expect(try stage.admin.run("FRESHET RULE PAUSE r").text?.hasPrefix("OK") == true)
        #expect(try stage.admin.run("FRESHET INFO").text?.contains("\r\npaused_rules:r\r\n") == true)
        #expect(try readiness().contains("paused: rule r"))
        #expect(try rule() == "paused")
    }

    @Test("fault 257: an alert tells of a pause that lasts")
    func alert() throws {
        let stage = try DrainStage("alert-grace 1s\ntag p:** all")
        #expect(try stage.admin.run("FRESHET PAUSE") == .simple("OK"))
        func state() throws -> [String] {
            let listing = try stage.ask("ALERTS")["alerts"]?.elements ?? []
            return listing.map { ($0.elements ?? []).compactMap(\.text).joined(separator: " ") }
        }
        try waitUntil("the alert") { try state().contains { $0.contains("FreshetPaused") } }
        #expect(try state().contains { $0.contains("Paused: all that nobody asked for") })
        #expect(try stage.admin.run("FRESHET RESUME") == .simple("OK"))
        try waitUntil("its end") { try !state().contains { $0.contains("FreshetPaused") } }
    }

    @Test("fault 256: series that alerts look at are there before anything has happened")
    func series() throws {
        let stage = try DrainStage("tag p:** all")
        for level in ["tags", "parents", "everything"] {
            #expect(try stage.proxy.metric("freshet_queue_widened_total{to=\"\(level)\"}") == 0)
        }
        #expect(try stage.proxy.metric("freshet_queue_paused") == 0)
        #expect(try stage.proxy.metric("freshet_upstream_errors_total{code=\"desync\"}") == 0)
    }
}
