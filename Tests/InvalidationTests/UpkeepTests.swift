import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Upkeep")
struct UpkeepTests {
    private static let tags = "tag product:{id}:** product:{id}"

    @Test("keys written behind the proxy's back are in their tags after a restart")
    func reconciler() throws {
        let stage = try Stage(Self.tags)
        for number in 0..<30 { try stage.redis("SET product:1:\(number) x") }
        try stage.redis("SELECT 2")
        try stage.redis("SET product:1:elsewhere x")
        try stage.redis("SELECT 0")
        #expect(try stage.members("freshet:tag:product:1").isEmpty)
        stage.proxy.stop()
        try stage.proxy.start()
        try stage.waitForTrustedIndex()
        #expect(try stage.proxy.metric("freshet_index_suspect") == 0)
        let admin = try RawClient(stage.proxy.admin)
        let reply = try admin.run("FRESHET INVALIDATE TAG product:1")
        #expect(reply.elements?[1] == .integer(30), "\(reply)")
        #expect(try admin.run("FRESHET INVALIDATE TAG product:1 DB 2").elements?[1] == .integer(1))
    }

    @Test("an index that was emptied is rebuilt")
    func flushedIndex() throws {
        let stage = try Stage(Self.tags)
        try stage.run("SET product:1:a x")
        try stage.redis.restart()
        try stage.redisAgain("SET product:1:b x")
        try waitUntil("the record of a key that is older than the proxy's links") {
            try stage.redis.command("SMEMBERS", "freshet:tag:product:1") == .array([.bulk("product:1:b")])
        }
    }

    @Test("the sweeper removes members whose keys are gone, and only those")
    func sweeper() throws {
        let stage = try Stage("sweep-interval 1s\n" + Self.tags + "\ntag page:{lang}:** pages/{lang}")
        try stage.run(["SET product:1:a x", "SET product:1:b x", "SET page:en:a x", "SET page:de:a x"])
        try stage.redis("DEL product:1:a page:en:a")
        try waitUntil("the dead members to be swept") {
            try stage.members("freshet:tag:product:1") == ["product:1:b"]
                && stage.members("freshet:sub:pages") == ["pages/de"]
        }
        #expect(try stage.proxy.metric("freshet_swept_members_total") ?? 0 >= 3)
    }

    @Test("after SCRIPT FLUSH the scripts are sent again")
    func scriptFlush() throws {
        let stage = try Stage("depend page:{lang}:{id} on product:{id}\n" + Self.tags)
        for _ in 0..<2 {
            try stage.run(["SET page:en:1 x", "SET product:1:a x"])
            try stage.redis("SCRIPT FLUSH")
            try stage.run("SET product:1 x")
            #expect(try stage.existing("page:en:1").isEmpty)
            try stage.redis("SCRIPT FLUSH")
            #expect(try stage.invalidate("TAG product:1") == 1)
        }
    }

    @Test("a Redis that comes back is found again, and cascades go on")
    func redisRestart() throws {
        let stage = try Stage("depend b:{x} on a:{x}\ndepend c:{y}:{x} on a:{x}")
        try stage.run(["SET b:1 x", "SET a:1 x"])
        try stage.redis.restart()
        try waitUntil("a proxy that is ready again") {
            try AdminHTTP.get("/readyz", from: stage.proxy.admin).status == 200
        }
        let client = try RawClient(stage.proxy.unix)
        try waitUntil("a SET to succeed") {
            let client = try RawClient(stage.proxy.unix)
            return (try? client.run("SET b:1 x")) == .simple("OK")
        }
        #expect(try client.run("SET c:9:1 x") == .simple("OK"))
        #expect(try client.run("SET a:1 x") == .simple("OK"))
        #expect(try client.run("EXISTS b:1 c:9:1") == .integer(0))
    }

    @Test("SIGHUP and RELOAD swap the conventions, and a bad file changes nothing")
    func reload() throws {
        let stage = try Stage("depend b:{x} on a:{x}")
        let path = stage.proxy.configurationPath
        let before = try FileSystem.readText(path)
        try stage.run(["SET b:1 x", "SET c:1 x", "SET a:1 x"])
        #expect(try stage.existing("b:1", "c:1") == ["c:1"])

        try FileSystem.write(before + "depend c:{x} on a:{x}\n", to: path)
        #expect(try stage.admin.run("FRESHET RELOAD").text?.hasPrefix("OK") == true)
        try stage.run(["SET b:1 x", "SET a:1 x"])
        #expect(try stage.existing("b:1", "c:1").isEmpty)

        try FileSystem.write(before + "dependd d:{x} on a:{x}\n", to: path)
        #expect(try stage.admin.run("FRESHET RELOAD").text?.contains("dependd") == true)
        try stage.run(["SET c:1 x", "SET a:1 x"])
        #expect(try stage.existing("c:1").isEmpty)

        try FileSystem.write(before, to: path)
        stage.proxy.signal(SIGHUP)
        try waitUntil("the conventions of the first file") {
            try stage.run(["SET c:1 x", "SET a:1 x"])
            return try stage.existing("c:1") == ["c:1"]
        }
    }

    @Test("a convention that a reload adds finds the keys that are there already")
    func reloadReconciles() throws {
        let stage = try Stage(Self.tags)
        try stage.run("SET page:en:home x")
        let path = stage.proxy.configurationPath
        try FileSystem.write(try FileSystem.readText(path) + "tag page:{lang}:** pages/{lang}\n", to: path)
        #expect(try stage.admin.run("FRESHET RELOAD").text?.hasPrefix("OK") == true)
        try waitUntil("the record of the key") {
            try stage.members("freshet:tag:pages/en") == ["page:en:home"]
        }
    }
}

extension Stage {
    /// As `redis`, on a connection of its own: after a restart of the server.
    func redisAgain(_ line: String) throws {
        _ = try HiredisClient(redis.unix).command(RequestEncoding.arguments(of: line))
    }
}
