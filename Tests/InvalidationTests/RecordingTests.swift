import TestSupport
import Testing

@Suite("Recording")
struct RecordingTests {
    private static let tags = "tag product:{id}:** product:{id}"

    @Test("a key is a member of its tag when the reply to its write is there")
    func recorded() throws {
        let stage = try Stage(Self.tags)
        #expect(try stage.run("SET product:1:price 5") == .simple("OK"))
        #expect(try stage.members("freshet:tag:product:1") == ["product:1:price"])
    }

    @Test("clients do not see the index in SCAN, KEYS and RANDOMKEY")
    func hidden() throws {
        let stage = try Stage(Self.tags)
        try stage.run(["SET product:1:price 5", "SET product:2:price 5"])
        #expect(try stage.redis("DBSIZE") == .integer(4))
        #expect(try names(stage.run("KEYS *")) == ["product:1:price", "product:2:price"])
        #expect(try stage.run("KEYS freshet:*") == .array([]))
        let scan = try stage.run("SCAN 0 COUNT 1000")
        #expect(try names(#require(scan.elements?.last)) == ["product:1:price", "product:2:price"])
        for name in ["freshet:drains", "freshet:drain:1", "freshet:own:a", "freshet:run:a", "freshet:sub:a"] {
            _ = try stage.redis("SADD \(name) freshet:drain:1")
        }
        #expect(try names(stage.run("KEYS *")) == ["product:1:price", "product:2:price"])
        for _ in 0..<100 {
            #expect(try stage.run("RANDOMKEY").text?.hasPrefix("product:") == true)
        }
    }

    private func names(_ reply: Reply) -> [String] { (reply.elements ?? []).compactMap(\.text).sorted() }

    @Test(
        "writers of the index are refused",
        arguments: [
            "SADD freshet:tag:x y", "DEL freshet:dep:x", "SET freshet:sub:x y", "RENAME a freshet:tag:x",
        ])
    func refused(_ line: String) throws {
        let stage = try Stage(Self.tags)
        try stage.run("SET a 1")
        let reply = try stage.run(line)
        #expect(reply.isError && reply.text?.contains("reserved") == true, "\(reply)")
        #expect(try stage.redis("DBSIZE") == .integer(1))
    }

    @Test("a refused writer aborts its transaction")
    func refusedInTransaction() throws {
        let stage = try Stage(Self.tags)
        #expect(try stage.run("MULTI") == .simple("OK"))
        #expect(try stage.run("SET a 1") == .simple("QUEUED"))
        #expect(try stage.run("SADD freshet:tag:x y").isError)
        #expect(try stage.run("EXEC").text?.hasPrefix("EXECABORT") == true)
        #expect(try stage.redis("DBSIZE") == .integer(0))
    }

    @Test("a dependent whose name the source does not tell is recorded and found again")
    func recordedDependency() throws {
        let stage = try Stage("depend page:{lang}:product:{id} on product:{id}:price")
        try stage.run(["SET page:en:product:7 x", "SET page:de:product:7 x", "SET page:en:product:8 x"])
        #expect(
            try stage.members("freshet:dep:product:7:price") == ["page:de:product:7", "page:en:product:7"])
        try stage.run("SET product:7:price 9")
        let left = try stage.existing("page:en:product:7", "page:de:product:7", "page:en:product:8")
        #expect(left == ["page:en:product:8"])
    }

    @Test("each database has an index of its own")
    func databases() throws {
        let stage = try Stage(Self.tags)
        try stage.run(["SET product:1:a x", "SELECT 1", "SET product:1:b x"])
        #expect(try stage.members("freshet:tag:product:1") == ["product:1:a"])
        #expect(try stage.invalidate("TAG product:1 DB 1") == 1)
        #expect(try stage.run("EXISTS product:1:b") == .integer(0))
        #expect(try stage.existing("product:1:a") == ["product:1:a"])
    }

    @Test("a key that a transaction writes is recorded when the reply to EXEC is there")
    func transaction() throws {
        let stage = try Stage(Self.tags)
        try stage.run(["MULTI", "SET product:1:a x"])
        #expect(try stage.run("EXEC") == .array([.simple("OK")]))
        #expect(try stage.members("freshet:tag:product:1") == ["product:1:a"])
    }
}
