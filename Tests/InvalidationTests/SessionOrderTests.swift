import TestSupport
import Testing

/// What one client sees of its own writes, in the order in which it sent them.
@Suite("Order within a session")
struct SessionOrderTests {
    private static let conventions = """
        depend d:{id} on s:{id}
        depend page:{lang}:{id} on s:{id}
        """
    static let greetings: [[String]] = [
        [], ["AUTH app pw"], ["HELLO 3"], ["CLIENT ID"],
    ]

    private func stage(_ greeting: [String]) throws -> Stage {
        let stage = try Stage(Self.conventions)
        _ = try stage.redis("ACL SETUSER app on >pw ~* &* +@all")
        for line in greeting { try stage.run(line) }
        return stage
    }

    /// Sends all lines in one piece and returns the replies.
    @discardableResult
    private func pipeline(_ stage: Stage, _ lines: [String]) throws -> [Reply] {
        try stage.client.send(lines.flatMap { RequestEncoding.command(RequestEncoding.arguments(of: $0)) })
        var replies: [Reply] = []
        while replies.count < lines.count {
            let reply = try stage.client.readFrame().reply
            if case .push = reply { continue }
            replies.append(reply)
        }
        return replies
    }

    @Test("a read behind a write of the source does not see what the write made stale", arguments: greetings)
    func reads(_ greeting: [String]) throws {
        let stage = try stage(greeting)
        for round in 0..<30 {
            try stage.run(["SET d:1 old", "SET page:en:1 old"])
            let replies = try pipeline(stage, ["SET s:1 \(round)", "GET d:1", "GET page:en:1"])
            #expect(replies[1].text == nil && replies[2].text == nil, "\(replies)")
        }
    }

    @Test("what is written behind the source stays, however packets fall", arguments: greetings)
    func writes(_ greeting: [String]) throws {
        let stage = try stage(greeting)
        for round in 0..<30 {
            try pipeline(stage, ["SET s:1 \(round)", "SET d:1 new", "SET page:en:1 new"])
            #expect(try stage.existing("d:1", "page:en:1").count == 2)
            try pipeline(stage, ["INCR s:2", "MULTI", "SET d:2 new", "SET page:en:2 new", "EXEC"])
            #expect(try stage.existing("d:2", "page:en:2").count == 2)
        }
    }

    @Test(
        "in a transaction what is written after the source stays, and what is written before it goes",
        arguments: greetings)
    func transactions(_ greeting: [String]) throws {
        let stage = try stage(greeting)
        try stage.run(["SET page:en:1 old", "HSET page:de:1 f old", "HSET page:fr:1 f old"])
        try pipeline(
            stage,
            [
                "MULTI", "SET page:it:1 before", "SET s:1 new", "SET d:1 new", "SET page:en:1 new",
                "HSET page:de:1 g new", "DEL page:fr:1", "HSET page:fr:1 f new", "EXEC",
            ])
        let left = try stage.existing("d:1", "page:en:1", "page:fr:1", "page:de:1", "page:it:1")
        #expect(left == ["d:1", "page:en:1", "page:fr:1"])
        #expect(try stage.members("freshet:dep:s:1").contains("page:fr:1"))
        try pipeline(stage, ["SET s:1 newer"])
        #expect(try stage.existing("d:1", "page:en:1", "page:fr:1").isEmpty)
    }

    @Test("one command that writes source and dependents keeps all of them", arguments: greetings)
    func atomic(_ greeting: [String]) throws {
        let stage = try stage(greeting)
        for _ in 0..<10 {
            try stage.run("MSET page:en:1 x s:1 x d:1 x")
            #expect(try stage.existing("s:1", "d:1", "page:en:1").count == 3)
        }
    }

    @Test("a transaction whose client vanishes is settled where it ran, though it asked for elsewhere")
    func vanished() throws {
        let stage = try stage([])
        let ids = 0..<25
        for id in ids { try stage.run("SET d:\(id) old") }
        for id in ids {
            let client = try RawClient(stage.proxy.unix)
            let lines = ["MULTI", "SELECT 99", "SET s:\(id) new", "EXEC"]
            try client.send(lines.flatMap { RequestEncoding.command(RequestEncoding.arguments(of: $0)) })
        }
        try waitUntil("no dependent of a source that was written is left") {
            try ids.allSatisfy { id in
                let isWritten = try stage.redis("EXISTS s:\(id)") == .integer(1)
                return try !isWritten || stage.existing("d:\(id)").isEmpty
            }
        }
    }
}
