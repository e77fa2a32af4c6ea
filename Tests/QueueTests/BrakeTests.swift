import TestSupport
import Testing

/// The emergency brake stops what nobody asked for, holds across a crash, and is let go of by choice.
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
        try stage.crash()
        #expect(try stage.proxy.metric("freshet_queue_paused") == 1)
        try stage.run("SET user:1 y")
        #expect(try stage.existing("page:*") == 3)
        #expect(try stage.admin("RESUME") == .simple("OK"))
        try stage.waitForGone("page:*")
        #expect(try stage.admin("RESUME").isError)
    }

    @Test("what queued may be discarded, and stays discarded")
    func discard() throws {
        let stage = try stage()
        try stage.admin("PAUSE")
        try stage.run("SET user:1 x")
        try stage.run("SET user:2 x")
        try stage.waitFor(2, "pending")
        #expect(try stage.admin("RESUME DISCARD").integer == 2)
        try stage.crash()
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
        try stage.crash()
        #expect(try stage.existing("feed:*") == 1)
        #expect(try stage.admin("RESUME feed DRAIN") == .simple("OK"))
        try stage.waitForGone("feed:*")
    }
}
