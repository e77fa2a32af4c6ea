import TestSupport
import Testing

/// What one client does must not be felt by another that later gets the same link.
@Suite("Isolation of clients that share links")
struct IsolationTests {
    static let tags = "tag product:{id}:** product:{id}"

    @Test("a HELLO that fails halfway lends nobody its identity")
    func failedHello() throws {
        let stage = try Stage(Self.tags)
        try stage.redis("ACL SETUSER alice on >secret ~* +@all")
        for _ in 0..<4 {
            let intruder = try RawClient(stage.proxy.unix)
            let reply = try intruder.run("HELLO 2 AUTH alice secret BOGUS")
            #expect(reply.text?.hasPrefix("ERR") == true)
        }
        for _ in 0..<8 {
            #expect(try RawClient(stage.proxy.unix).run("ACL WHOAMI") == .bulk(Array("default".utf8)))
        }
    }

    @Test("a subscription too large to gather stays with its client")
    func largeSubscription() throws {
        let stage = try Stage(Self.tags)
        let channel = String(repeating: "c", count: 70_000)
        let subscriber = try RawClient(stage.proxy.unix)
        try subscriber.sendCommand("SUBSCRIBE", channel)
        #expect(try subscriber.readFrame().reply.elements?.first?.text == "subscribe")
        for _ in 0..<8 {
            #expect(try RawClient(stage.proxy.unix).run("PING") == .simple("PONG"))
        }
        #expect(try stage.redis("PUBLISH \(channel) hello") == .integer(1))
        #expect(try subscriber.readFrame().reply.elements?.last?.text == "hello")
    }

    @Test("a blocking read whose group is called as an option is blocks nobody else")
    func groupCalledStreams() throws {
        let stage = try Stage(Self.tags)
        try stage.run("XGROUP CREATE s streams $ MKSTREAM")
        var readers: [RawClient] = []
        for _ in 0..<4 {
            let reader = try RawClient(stage.proxy.unix)
            try reader.sendCommand(
                "XREADGROUP", "GROUP", "streams", "c", "BLOCK", "0", "STREAMS", "s", ">")
            readers.append(reader)
        }
        for _ in 0..<8 {
            #expect(try RawClient(stage.proxy.unix).run("PING") == .simple("PONG"))
        }
    }

    @Test("a large write to a key of the index never happens")
    func largeReservedWrite() throws {
        let stage = try Stage(Self.tags)
        try stage.run("SET product:1:price 5")
        let forger = try RawClient(stage.proxy.unix)
        try forger.sendCommand("SET", "freshet:tag:product:1", String(repeating: "x", count: 70_000))
        #expect(try forger.readFrame().reply.isError)
        #expect(try stage.members("freshet:tag:product:1") == ["product:1:price"])
    }

    @Test("a rule that invalidates a tag of its own trigger spares the value just written")
    func triggerIsSpared() throws {
        let stage = try Stage(
            "cycles allow\n" + Self.tags + "\nrule r on product:{id}:price invalidate tag:product:{id}")
        try stage.run(["SET product:1:name a", "SET product:1:price 5"])
        #expect(try stage.run("GET product:1:price") == .bulk(Array("5".utf8)))
        #expect(try stage.existing("product:1:name") == [])
        #expect(try stage.members("freshet:tag:product:1") == ["product:1:price"])
    }

    @Test("what follows a transaction that selects a database is judged in that database")
    func selectInTransaction() throws {
        let stage = try Stage("depend b:{x} on a:{x}")
        try stage.run(["SELECT 1", "SET b:1 x", "SELECT 0", "SET b:1 x"])
        let requests = ["MULTI", "SELECT 1", "EXEC", "SETNX a:1 y"]
        try stage.client.send(
            requests.flatMap { RequestEncoding.command($0.split(separator: " ").map(String.init)) })
        _ = try stage.client.readFrames(requests.count)
        #expect(try stage.run("EXISTS b:1") == .integer(0))
        #expect(try stage.redis("EXISTS b:1") == .integer(1))
    }

    @Test("a write after a SELECT that fails inside a transaction is judged in the database it ran in")
    func failedSelect() throws {
        let stage = try Stage("depend b:{x} on a:{x}")
        try stage.run(["SET b:1 x", "MULTI", "SELECT 99", "SET a:1 y", "EXEC"])
        #expect(try stage.existing("b:1") == [])
    }
}
