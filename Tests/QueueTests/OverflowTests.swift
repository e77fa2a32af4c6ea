import TestSupport
import Testing

/// Limits widen, stop and tell; they never drop.
@Suite("Limits of the queue")
struct OverflowTests {
    @Test("a full queue widens keys to their tags, and everything that had to go is gone")
    func widens() throws {
        let stage = try QueueStage(
            "tag page:{id}:* pages\ndepend page:{id}:a on user:{id}\nqueue-items 5")
        for id in 1...40 { try stage.run("SET page:\(id):a x") }
        try stage.admin("PAUSE")
        for id in 1...40 { try stage.run("SET user:\(id) x") }
        try waitUntil("widened work") {
            try stage.proxy.metric("freshet_queue_widened_total{to=\"tags\"}") == 35
        }
        #expect(try stage.rows("QUEUE").count == 6)
        #expect(try stage.existing("page:*") == 40)
        try stage.admin("RESUME")
        try stage.waitForGone("page:*")
        #expect(try stage.audit.contains("the queue is full (queue-items)"))
    }

    @Test("keys without tags are widened to everything that a convention can make stale")
    func everything() throws {
        let stage = try QueueStage("depend page:{id} on user:{id}\nqueue-items 2")
        try stage.redis("SET other x")
        for id in 1...900 { try stage.redis("SET page:\(id) x") }
        try stage.admin("PAUSE")
        for first in stride(from: 1, to: 900, by: 100) {
            try stage.run("MSET " + (first..<first + 100).map { "user:\($0) x" }.joined(separator: " "))
        }
        try waitUntil("widened work") {
            try stage.proxy.metric("freshet_queue_widened_total{to=\"everything\"}") ?? 0 > 0
        }
        #expect(try stage.rows("QUEUE").count < 10)
        try stage.admin("RESUME")
        try stage.waitForGone("page:*")
        #expect(try stage.existing("other") == 1)
    }

    @Test("a cascade past max-fanout stops, is held across kill -9, and goes on when a person says so")
    func breaker() throws {
        let stage = try QueueStage(
            """
            depend page:{id}:{x} on user:{id}
            cascade-step-keys 5
            cascade-max-keys 5
            max-fanout 20
            """)
        for page in 1...100 { try stage.run("SET page:1:\(page) x") }
        try stage.run("SET user:1 x")
        try stage.waitFor(1, "held")
        let left = try stage.existing("page:*")
        #expect((80..<100).contains(left), "what a worker has reached counts as well: \(left) are left")
        #expect(try stage.proxy.metric("freshet_limits_hit_total{limit=\"max-fanout\"}") == 1)
        try stage.crash()
        try stage.waitFor(1, "held")
        #expect(try stage.existing("page:*") == left)
        let id = try #require(try stage.rows("QUEUE LIST STATE held").first?["id"])
        #expect(try stage.admin("QUEUE RESUME \(id)") == .simple("OK"))
        try stage.waitForGone("page:*")
    }

    @Test("what an operator asks for is not limited")
    func operators() throws {
        let stage = try QueueStage(
            "tag page:{id} pages\ncascade-step-keys 5\ncascade-max-keys 5\nmax-fanout 20")
        for page in 1...100 { try stage.run("SET page:\(page) x") }
        try stage.admin("INVALIDATE TAG pages")
        try stage.waitForGone("page:*")
    }
}
