import TestSupport
import Testing

@Suite("Mutations")
struct MutationTests {
    private static let conventions = "depend copy:{x} on item:{x}"

    /// What a client does before the command in question, the command, and whether `copy:1` must go.
    private static let cases: [(before: [String], command: String, goes: Bool)] = [
        (["SET item:1 x"], "SET item:1 y", true),
        (["SET item:1 x", "SET copy:1 x"], "SET item:1 y NX", false),
        ([], "SET item:1 y NX", true),
        (["SET item:1 x", "SET copy:1 x"], "SETNX item:1 y", false),
        (["SET item:1 x", "SET copy:1 x"], "SET item:1 y NX XX", false),
        (["SET item:1 x", "SET copy:1 x"], "LPUSHX item:1 y", false),
        ([], "EXPIRE item:1 100", false),
        ([], "DEL item:1", true),
        ([], "UNLINK item:1", true),
        (["SET other x"], "RENAME other item:1", true),
        (["SET item:1 x", "SET copy:1 x"], "RENAME item:1 other", true),
        (["SET other x"], "COPY other item:1", true),
        (["SET item:1 x", "SET copy:1 x", "SET other x"], "COPY other item:1", false),
        (["SET item:1 x", "SET copy:1 x"], "COPY item:1 another", false),
        (["SADD other a b"], "SUNIONSTORE item:1 other", true),
        (["SADD item:1 a b", "SET copy:1 x"], "SUNIONSTORE third item:1", false),
        ([], "EVAL \"return redis.call('SET', KEYS[1], 'x')\" 1 item:1", true),
        (["SET item:1 x", "SET copy:1 x"], "EVAL_RO \"return redis.call('GET', KEYS[1])\" 1 item:1", false),
        (["RPUSH item:1 a", "SET copy:1 x"], "BLPOP item:1 1", true),
        (["SET copy:1 x"], "BLPOP item:1 0.05", false),
        (["SET item:1 x", "SET copy:1 x"], "GET item:1", false),
        ([], "MSET other y item:1 z", true),
        (["RPUSH other a"], "LMOVE other item:1 LEFT RIGHT", true),
    ]

    @Test("a command invalidates when its reply says that it changed the key", arguments: cases.indices)
    func outcomes(_ index: Int) throws {
        let example = Self.cases[index]
        let stage = try Stage(Self.conventions)
        try stage.run(example.before)
        try stage.redis("SET copy:1 x")
        let reply = try stage.run(example.command)
        let left = try stage.existing("copy:1")
        #expect(left.isEmpty == example.goes, "\(example.command) answered \(reply)")
    }

    @Test("a transaction invalidates after EXEC, only what it changed")
    func transaction() throws {
        let stage = try Stage(Self.conventions)
        try stage.run(["SET item:2 x", "SET copy:1 x", "SET copy:2 x"])
        try stage.run(["MULTI", "SET item:1 y", "LPUSH item:2 y"])
        #expect(try stage.existing("copy:1", "copy:2").count == 2)
        let replies = try #require(try stage.run("EXEC").elements)
        #expect(replies.count == 2 && replies[1].isError)
        #expect(try stage.existing("copy:1", "copy:2") == ["copy:2"])
    }

    @Test("a transaction that is given up invalidates nothing")
    func discarded() throws {
        let stage = try Stage(Self.conventions)
        try stage.run("SET copy:1 x")
        try stage.run(["MULTI", "SET item:1 y"])
        #expect(try stage.run("DISCARD") == .simple("OK"))
        #expect(try stage.existing("copy:1") == ["copy:1"])
    }

    @Test("a transaction that a watched key aborts invalidates nothing")
    func watched() throws {
        let stage = try Stage(Self.conventions)
        try stage.run(["SET copy:1 x", "WATCH guard"])
        try stage.redis("SET guard changed")
        try stage.run(["MULTI", "SET item:1 y"])
        #expect(try stage.run("EXEC") == .null)
        #expect(try stage.existing("copy:1") == ["copy:1"])
    }

    @Test("a list that reads like a confirmation is a reply, and the write behind it invalidates")
    func readsLikeConfirmation() throws {
        let stage = try Stage(Self.conventions)
        try stage.run([
            "SET copy:1 x", "RPUSH list subscribe a 1", "SUBSCRIBE channel", "UNSUBSCRIBE channel",
        ])
        #expect(try stage.run("LRANGE list 0 -1") == .array([.bulk("subscribe"), .bulk("a"), .bulk("1")]))
        #expect(try stage.run("SET item:1 y") == .simple("OK"))
        #expect(try stage.existing("copy:1").isEmpty)
    }

    @Test("a blocked pop invalidates when another client feeds it")
    func fedLater() throws {
        let stage = try Stage(Self.conventions)
        try stage.run("SET copy:1 x")
        let waiting = try RawClient(stage.proxy.unix)
        try waiting.sendCommand("BLPOP", "item:1", "0")
        try waitUntil("a blocked client") { try stage.redis.info("clients", "blocked_clients") == 1 }
        try stage.redis("RPUSH item:1 a")
        #expect(try waiting.readFrame().reply == .array([.bulk("item:1"), .bulk("a")]))
        #expect(try stage.existing("copy:1").isEmpty)
    }

    @Test("the write of a user who may not delete invalidates all the same")
    func otherUser() throws {
        let stage = try Stage(Self.conventions + "\ndepend page:{y}:{x} on item:{x}\ntag item:{x} items/{x}")
        try stage.redis("ACL SETUSER writer on >secret ~* +@all -del -unlink -sadd -eval -evalsha")
        try stage.run(["SET copy:1 x", "SET page:1:1 x"])
        let writer = try RawClient(stage.proxy.unix)
        #expect(try writer.run("AUTH writer secret") == .simple("OK"))
        #expect(try writer.run("DEL other").text?.hasPrefix("NOPERM") == true)
        #expect(try writer.run("SET item:1 x") == .simple("OK"))
        #expect(try stage.existing("copy:1", "page:1:1").isEmpty)
        #expect(try stage.members("freshet:tag:items/1") == ["item:1"])
        let record = try #require(try stage.audit("cascade", count: 1).last)
        #expect(record.contains("\"user\":\"writer\""), "\(record)")
    }

    @Test("a write that the user may not do invalidates nothing")
    func refusedUser() throws {
        let stage = try Stage(Self.conventions)
        try stage.redis("ACL SETUSER reader on >secret ~* +@read")
        try stage.run("SET copy:1 x")
        let reader = try RawClient(stage.proxy.unix)
        #expect(try reader.run("AUTH reader secret") == .simple("OK"))
        #expect(try reader.run("SET item:1 x").text?.hasPrefix("NOPERM") == true)
        #expect(try stage.existing("copy:1") == ["copy:1"])
    }

    @Test("FLUSHALL leaves one audit record")
    func flush() throws {
        let stage = try Stage(Self.conventions)
        for number in 0..<20 { try stage.run("SET copy:\(number) x") }
        #expect(try stage.run("FLUSHALL") == .simple("OK"))
        try stage.run("SET item:1 x")
        try stage.run(["SET copy:1 x", "SET item:1 x"])
        _ = try stage.audit("cascade", count: 1)
        #expect(try stage.audit("flush").count == 1)
    }
}
