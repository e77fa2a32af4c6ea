import TestSupport
import Testing

@Suite("Tags given by hand")
struct TagStoreTests {
    private func stage() throws -> DrainStage {
        let stage = try DrainStage("sweep-interval 1s\ntag p:{id} product:{id} all/{id}\nprotect s:**")
        for key in ["p:1", "p:2", "q:1", "s:1"] { _ = try stage.client.command("SET", key, "x") }
        return stage
    }

    private func list(_ stage: DrainStage, _ line: String) throws -> [String] {
        try stage.admin.run("FRESHET TAG " + line).elements?.compactMap(\.text) ?? []
    }

    @Test("they are listed beside those of the name, found by tags above, and taken again")
    func life() throws {
        let stage = try stage()
        #expect(try stage.admin.run("FRESHET TAG ADD sale/shoes p:1 q:1 missing") == .integer(2))
        #expect(try list(stage, "OF p:1") == ["product:1", "all/1", "sale/shoes"])
        #expect(try list(stage, "KEYS sale") == ["p:1", "q:1"])
        #expect(try stage.admin.run("FRESHET TAG DEL sale/shoes p:1") == .integer(1))
        #expect(try list(stage, "OF p:1") == ["product:1", "all/1"])
        #expect(try stage.deleted("TAG", "sale") == 1)
        #expect(try stage.count("q:*") == 0)
        #expect(try list(stage, "OF q:1").isEmpty)
    }

    @Test("clients do not see them, be there other tags or not")
    func hiddenWithoutOthers() throws {
        let stage = try DrainStage("depend view:{id} on p:{id}")
        _ = try stage.client.command("SET", "p:1", "x")
        #expect(try stage.admin.run("FRESHET TAG ADD sale/shoes p:1") == .integer(1))
        #expect(try stage.count("freshet:*") > 1)
        #expect(try stage.client.command("KEYS", "*") == .array([.bulk("p:1")]))
        for _ in 0..<20 { #expect(try stage.client.command("RANDOMKEY") == .bulk("p:1")) }
    }

    @Test("what a name tells cannot be taken, and what nobody would find cannot be given")
    func refused() throws {
        let stage = try stage()
        #expect(try stage.admin.run("FRESHET TAG DEL all/1 p:1").isError)
        #expect(try stage.admin.run("FRESHET TAG ADD product:7 q:1").isError)
        #expect(try stage.admin.run("FRESHET TAG ADD product:7/x q:1").isError)
        #expect(try stage.admin.run("FRESHET TAG ADD sale s:1").isError)
        #expect(try stage.admin.run("FRESHET TAG ADD sale freshet:tag:x").isError)
    }

    @Test("they end with their key")
    func swept() throws {
        let stage = try stage()
        #expect(try stage.admin.run("FRESHET TAG ADD sale q:1") == .integer(1))
        _ = try stage.client.command("DEL", "q:1")
        try waitUntil("the records to be swept", withinMilliseconds: 20_000) {
            try stage.direct.command("EXISTS", "freshet:own:q:1", "freshet:tag:sale") == .integer(0)
        }
    }

    @Test("a set of the index that Redis has lost is made anew from what lies beside the key")
    func renewed() throws {
        let stage = try stage()
        #expect(try stage.admin.run("FRESHET TAG ADD sale/shoes q:1") == .integer(1))
        _ = try stage.direct.command("DEL", "freshet:tag:sale/shoes", "freshet:sub:sale")
        try stage.proxy.kill()
        try stage.proxy.start()
        try waitUntil("the records", withinMilliseconds: 20_000) {
            try stage.members("freshet:tag:sale/shoes") == ["q:1"]
                && stage.members("freshet:sub:sale") == ["sale/shoes"]
        }
    }

    @Test("clients do not see where they are kept")
    func hidden() throws {
        let stage = try stage()
        #expect(try stage.admin.run("FRESHET TAG ADD sale q:1") == .integer(1))
        let keys = try stage.client.command("KEYS", "*").elements?.compactMap(\.text) ?? []
        #expect(keys.sorted() == ["p:1", "p:2", "q:1", "s:1"])
        #expect(try stage.client.command("SADD", "freshet:own:q:1", "x").isError)
    }
}
