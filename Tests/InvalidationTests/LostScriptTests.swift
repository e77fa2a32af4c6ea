import TestSupport
import Testing

/// A Redis that has lost Freshet's scripts gets them again, wherever the client's connection is by then.
@Suite("Scripts that Redis has lost")
struct LostScriptTests {
    private func stage(_ connections: String) throws -> Stage {
        let stage = try Stage(
            "connections \(connections)\ncascade after-reply\ndepend page:{id}:{x} on user:{id}")
        try stage.run(["SET page:1:a x", "SET user:1 x"])
        try waitUntil("the script to have run") { try stage.existing("page:1:a").isEmpty }
        try stage.run("SET page:1:a x")
        return stage
    }

    private func waitForCascade(_ stage: Stage) throws {
        try waitUntil("the page to be gone") { try stage.existing("page:1:a").isEmpty }
    }

    @Test(
        "a transaction right behind a write has only what the client put into it",
        arguments: ["shared", "dedicated"], 1...4)
    func transaction(_ connections: String, together: Int) throws {
        let stage = try stage(connections)
        let lines = ["SET user:1 y", "MULTI", "INCR n", "EXEC"]
        try send(lines.prefix(together), stage)
        var replies = try stage.client.readFrames(together).map(\.reply)
        for line in lines.dropFirst(together) { replies.append(try stage.run(line)) }
        #expect(replies == [.simple("OK"), .simple("OK"), .simple("QUEUED"), .array([.integer(1)])])
        try waitForCascade(stage)
        #expect(try stage.redis("GET n") == .bulk("1"))
    }

    @Test(
        "a cascade goes on in the database of its write, although the client has selected another",
        arguments: ["shared", "dedicated"])
    func database(_ connections: String) throws {
        let stage = try stage(connections)
        try stage.redis("SELECT 5")
        try stage.redis("SADD freshet:dep:user:1 page:1:b")
        try stage.redis("SET page:1:b x")
        try stage.redis("SELECT 0")
        try send(["SET user:1 y", "SELECT 5", "PING"], stage)
        let replies = try stage.client.readFrames(3).map(\.reply)
        #expect(replies == [.simple("OK"), .simple("OK"), .simple("PONG")])
        try waitForCascade(stage)
        try stage.redis("SELECT 5")
        #expect(try stage.existing("page:1:b") == ["page:1:b"])
    }

    /// Has Redis lose its scripts and sends the lines; all of them are on their way before it tells so.
    private func send(_ lines: ArraySlice<String>, _ stage: Stage) throws {
        try stage.redis("SCRIPT FLUSH")
        stage.redis.pause()
        try stage.client.send(
            lines.flatMap { RequestEncoding.command(RequestEncoding.arguments(of: $0)) })
        try waitUntil("the write to be passed on") {
            try stage.proxy.metric("freshet_commands_total{command=\"set\",class=\"known\"}") == 4
        }
        stage.redis.resume()
    }
}
