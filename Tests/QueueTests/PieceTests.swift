import TestSupport
import Testing

/// Single pieces of work: listed, paused, resumed, cancelled, and there again after a crash.
@Suite("Pieces of work")
struct PieceTests {
    private func stage(after delay: String, _ more: String = "") throws -> QueueStage {
        let stage = try QueueStage("rule late on user:{id} invalidate page:{id} after \(delay)\n" + more)
        try stage.redis("SET page:1 x")
        return stage
    }

    @Test("delayed work survives kill -9 and runs when it is due")
    func delayed() throws {
        let stage = try stage(after: "2s")
        try stage.run("SET user:1 x")
        try stage.waitFor(1, "delayed")
        let row = try #require(try stage.rows("QUEUE").first)
        #expect(row["rule"] == "late")
        #expect(row["state"] == "delayed")
        try stage.crash()
        try stage.waitForGone("page:1")
    }

    @Test("a piece is paused, stays so across kill -9, and runs when it is resumed")
    func paused() throws {
        let stage = try stage(after: "1h")
        try stage.run("SET user:1 x")
        try stage.waitFor(1, "delayed")
        var id = try #require(try stage.rows("QUEUE LIST STATE delayed").first?["id"])
        #expect(try stage.admin("QUEUE PAUSE \(id)") == .simple("OK"))
        #expect(try stage.admin("QUEUE PAUSE \(id)").isError)
        try stage.crash()
        try stage.waitFor(1, "paused")
        id = try #require(try stage.rows("QUEUE LIST RULE late").first?["id"])
        #expect(try stage.admin("QUEUE RESUME \(id)") == .simple("OK"))
        try stage.waitForGone("page:1")
    }

    @Test("a cancelled piece is gone for good")
    func cancelled() throws {
        let stage = try stage(after: "1h")
        try stage.run("SET user:1 x")
        try stage.waitFor(1, "delayed")
        let id = try #require(try stage.rows("QUEUE").first?["id"])
        #expect(try stage.admin("QUEUE CANCEL \(id)") == .simple("OK"))
        try stage.restart()
        #expect(try stage.rows("QUEUE").isEmpty)
        #expect(try stage.existing("page:1") == 1)
        #expect(try stage.admin("QUEUE CANCEL \(id)").isError)
    }

    @Test("work that Redis refuses for the time being is retried, across kill -9, until it succeeds")
    func retrying() throws {
        let stage = try QueueStage("depend page:{id} on user:{id}")
        try stage.redis("SET page:1 x")
        try stage.admin("PAUSE")
        try stage.run("SET user:1 x")
        try stage.waitFor(1, "pending")
        try stage.redis("REPLICAOF 127.0.0.1 1")
        try stage.admin("RESUME")
        try stage.waitFor(1, "retrying")
        // In front of a Redis that refuses writes the proxy is not ready.
        try stage.crash(until: .listening)
        try stage.redis("REPLICAOF NO ONE")
        try stage.waitForGone("page:1")
        try waitUntil("an empty queue") { try stage.rows("QUEUE").isEmpty }
    }

    @Test("more work than memory holds is done as well, across kill -9")
    func window() throws {
        let stage = try QueueStage("depend page:{id} on user:{id}\nqueue-memory-items 16")
        for id in 1...100 { try stage.redis("SET page:\(id) x") }
        try stage.admin("PAUSE")
        for id in 1...100 { try stage.run("SET user:\(id) x") }
        try waitUntil("100 pieces") { try stage.proxy.metric("freshet_queue_items") == 100 }
        try stage.crash()
        #expect(try stage.existing("page:*") == 100)
        try waitUntil("the brake") { try stage.proxy.metric("freshet_queue_paused") == 1 }
        #expect(try stage.admin("RESUME") == .simple("OK"))
        try stage.waitForGone("page:*")
        try waitUntil("an empty queue") { try stage.proxy.metric("freshet_queue_items") == 0 }
    }

    @Test("the command line lists what waits, as a table and as JSON")
    func commandLine() throws {
        let stage = try stage(after: "1h")
        let admin = ["--admin", "127.0.0.1:\(stage.proxy.adminPort)"]
        #expect(try FreshetProcess.run(["queue"] + admin).output == "nothing waits\n")
        try stage.run("SET user:1 x")
        try stage.waitFor(1, "delayed")
        #expect(try FreshetProcess.run(["queue"] + admin).output.contains("delayed"))
        let json = try FreshetProcess.run(["queue", "--json"] + admin).output
        #expect(json.contains("\"rule\":\"late\"") && json.hasSuffix("}\n"))
    }
}
