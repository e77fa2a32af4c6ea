import TestSupport
import Testing

/// The emergency brake stops what nobody asked for, holds across a restart, and is let go of by choice.
@Suite("The emergency brake")
struct BrakeTests {
    private func stage(_ more: String = "") throws -> QueueStage {
        let stage = try QueueStage("depend page:{id} on user:{id}\n" + more)
        for id in 1...3 { try stage.redis("SET page:\(id) x") }
        return stage
    }

    @Test("while everything is paused cascades queue, across kill -9, and draining does them")
    func drain() throws {
        let stage = try stage()
        #expect(try stage.admin("PAUSE") == .simple("OK"))
        for id in 1...3 { try stage.run("SET user:\(id) x") }
        try stage.waitFor(3, "pending")
        #expect(try stage.existing("page:*") == 3)
        try stage.crash(noted: 3)
        #expect(try stage.proxy.metric("freshet_queue_paused") == 1)
        try stage.run("SET user:1 y")
        #expect(try stage.existing("page:*") == 3)
        #expect(try stage.admin("RESUME") == .simple("OK"))
        try stage.waitForGone("page:*")
        #expect(try stage.admin("RESUME").isError)
    }

    @Test("a process that starts while everything is paused holds cascades before it can read the queue")
    func beside() throws {
        let stage = try stage()
        try stage.admin("PAUSE")
        // It never owns the directory, so it learns nothing from the store.
        let other = try FreshetProcess(
            upstream: stage.redis.unix,
            configuration: "depend page:{id} on user:{id}\nstate-dir \(stage.proxy.directory.path)/state")
        #expect(try RawClient(other.unix).command("SET", "user:1", "x") == .simple("OK"))
        #expect(try stage.existing("page:1") == 1)
        #expect(try other.metric("freshet_queue_paused") == 1)
        #expect(try RawClient(other.admin).command("FRESHET", "RESUME") == .simple("OK"))
        try stage.waitForGone("page:1")
    }

    @Test("stored work that cannot be read becomes everything, in every database that has keys")
    func damagedRow() throws {
        let stage = try stage()
        let other = try RawClient(stage.redis.unix)
        #expect(try other.command("SELECT", "4") == .simple("OK"))
        #expect(try other.command("SET", "page:9", "x") == .simple("OK"))
        try stage.admin("PAUSE")
        try stage.run("SET user:1 x")
        try stage.waitForAcceptance(1)
        try stage.proxy.kill()
        let damage = """
            import sqlite3, sys
            with sqlite3.connect(sys.argv[1]) as file:
                file.execute("UPDATE item SET content = x'00' WHERE number > 1")
            """
        let path = stage.proxy.directory.path + "/state/queue.sqlite"
        let (exit, output) = try ChildProcess.run(["python3", "-c", damage, path])
        try #require(exit == .code(0), "\(output)")
        try stage.proxy.start()
        try waitUntil("a piece for each database; the log: \(stage.proxy.log)") {
            try stage.rows("QUEUE").count { $0["what"]?.hasPrefix("everything") == true } == 2
        }
        try stage.admin("RESUME")
        try stage.waitForGone("page:*")
        try waitUntil("the other database is done") {
            try other.command("EXISTS", "page:9") == .integer(0)
        }
        try waitUntil("an audit record that tells why") {
            try stage.audit.contains("a stored piece of work could not be read")
        }
    }

    @Test("what queued may be discarded, and stays discarded")
    func discard() throws {
        let stage = try stage()
        try stage.admin("PAUSE")
        try stage.run("SET user:1 x")
        try stage.run("SET user:2 x")
        try stage.waitFor(2, "pending")
        #expect(try stage.admin("RESUME DISCARD").integer == 2)
        try stage.restart(noted: 2)
        #expect(try stage.existing("page:*") == 3)
        try stage.run("SET user:3 x")
        try stage.waitForGone("page:3")
        #expect(try stage.existing("page:*") == 2)
    }

    @Test("an operator's invalidation runs in spite of the brake")
    func operators() throws {
        let stage = try stage()
        try stage.admin("PAUSE")
        try stage.admin("INVALIDATE KEY page:1")
        try stage.waitForGone("page:1")
    }

    @Test("a paused rule holds what it leads to, and nothing else")
    func rule() throws {
        let stage = try stage("rule feed on user:{id} invalidate feed:{id}")
        try stage.redis("SET feed:1 x")
        #expect(try stage.admin("PAUSE feed") == .simple("OK"))
        try stage.run("SET user:1 x")
        try stage.waitForGone("page:1")
        #expect(try stage.existing("feed:*") == 1)
        try stage.restart()
        #expect(try stage.existing("feed:*") == 1)
        #expect(try stage.admin("RESUME feed DRAIN") == .simple("OK"))
        try stage.waitForGone("feed:*")
    }
}
