import TestSupport
import Testing

/// Limits of cascades are met to the key.
@Suite("Limits of cascades")
struct LimitTests {
    private func waitForHeld(_ stage: DrainStage) throws {
        try waitUntil("one piece held; the log: \(stage.proxy.log)") {
            try stage.proxy.metric("cache_invalidation_queue_size{state=\"held\"}") == 1
        }
    }

    @Test(
        "fault 156: no more than max-fanout keys go, whoever removes them",
        arguments: ["", "cascade-max-keys 10", "cascade-step-keys 30\ndrain-rate 100000"])
    func members(_ configuration: String) throws {
        let stage = try DrainStage(
            """
            tag page:{id} pages
            rule all on a:{id} invalidate tag:pages
            max-fanout 500

            """ + configuration)
        try stage.fill("page:", 3000, tag: "pages")
        #expect(try stage.client.command("SET", "a:1", "x") == .simple("OK"))
        try waitForHeld(stage)
        let left = try stage.count("page:*")
        // What a worker has removed of a set is read again by the engine, and counts again.
        #expect(configuration.isEmpty ? left == 2500 : left >= 2500, "\(left) are left")
    }

    @Test("fault 156: no more than max-fanout computed keys go")
    func computed() throws {
        let lines = (1...60).map { "depend c\($0):{id} on a:{id}" }.joined(separator: "\n")
        let stage = try DrainStage("cascade-max-keys 10\nmax-fanout 20\n" + lines)
        for number in 1...60 { _ = try stage.direct.command("SET", "c\(number):1", "x") }
        for _ in 1...2 {
            #expect(try stage.client.command("SET", "a:1", "x") == .simple("OK"))
            try waitForHeld(stage)
            #expect(try stage.count("c*") == 40)
        }
    }

    @Test("fault 157: work that is spread over a time waits for no other, however much of it there is")
    func spread() throws {
        let lines = (1...60).map { "tag page\($0):{id} pages\($0)" }.joined(separator: "\n")
        let stage = try DrainStage(lines)
        for number in 1...60 { try stage.fill("page\(number):", 50, tag: "pages\(number)") }
        for number in 1...60 {
            _ = try stage.ask("INVALIDATE", "TAG", "pages\(number)", "OVER", "20s", "ASYNC")
        }
        try waitUntil("all of it runs; the log: \(stage.proxy.log)", withinMilliseconds: 15_000) {
            try stage.proxy.metric("cache_invalidation_queue_size{state=\"running\"}") == 60
        }
    }
}
