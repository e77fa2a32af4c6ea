import TestSupport
import Testing

/// A key that Freshet's user may not touch keeps no other, and is given up by itself.
@Suite("Keys that Redis refuses")
struct RefusalTests {
    private static let conventions = """
        tag page:{id} pages
        tag locked:{id} pages
        depend page:{id} on locked:{id}

        """

    /// A stage in which Freshet's user may not touch `locked:<n>`, and whose direct connection may.
    private func stage(_ configuration: String = "") throws -> DrainStage {
        let stage = try DrainStage(Self.conventions + configuration)
        try stage.fill("page:", 204, tag: "pages")
        try stage.fill("locked:", 1, tag: "pages")
        let direct = stage.direct
        #expect(
            try direct.command("ACL", "SETUSER", "root", "on", ">r", "~*", "&*", "+@all") == .simple("OK"))
        #expect(try direct.command("AUTH", "root", "r") == .simple("OK"))
        let allowed = ["ACL", "SETUSER", "default", "resetkeys", "~freshet:*", "~page:*"]
        #expect(try direct.command(allowed.map { Array($0.utf8) }) == .simple("OK"))
        return stage
    }

    private func waitForDeadLetter(_ stage: DrainStage) throws {
        try waitUntil("one dead letter; the log: \(stage.proxy.log)") {
            try stage.proxy.metric("cache_invalidation_queue_size{state=\"dead\"}") == 1
        }
        let page = try AdminHTTP.get("/metrics", from: stage.proxy.admin).body
        let failures = page.split(separator: "\n").filter {
            $0.hasPrefix("cache_invalidation_failures_total") && $0.contains("NOPERM")
        }
        #expect(failures.count == 1 && failures[0].contains("locked:{id}") && failures[0].hasSuffix(" 1"))
    }

    @Test(
        "fault 155: one key that may not be touched keeps none of a tag's other keys",
        arguments: ["cascade-step-keys 20", "cascade-step-keys 20\ndrain-rate 100000", ""])
    func tag(_ configuration: String) throws {
        let stage = try stage(configuration)
        let reply = try stage.admin.run("FRESHET INVALIDATE TAG pages")
        #expect(reply.text?.contains("Redis refuses 1 key") == true, "the operator is told: \(reply)")
        #expect(try stage.count("page:*") == 0)
        #expect(try stage.count("locked:*") == 1)
        try waitForDeadLetter(stage)
        let direct = stage.direct
        #expect(try direct.command("ACL", "SETUSER", "default", "~*") == .simple("OK"))
        #expect(try stage.admin.run("FRESHET DLQ RETRY ALL").isError == false)
        try waitUntil("the key is gone, now that it may be touched") { try stage.count("locked:*") == 0 }
    }

    @Test("fault 155: of keys that are named together those go that may")
    func keys() throws {
        let stage = try stage()
        let reply = try stage.admin.run("FRESHET INVALIDATE KEY page:1 locked:1 page:2")
        #expect(reply.text?.contains("Redis refuses 1 key") == true, "the operator is told: \(reply)")
        #expect(try stage.count("page:*") == 202)
        try waitForDeadLetter(stage)
    }

    @Test("fault 155: softly, the others expire")
    func softly() throws {
        let stage = try stage()
        _ = try stage.admin.run("FRESHET INVALIDATE TAG pages SOFTLY 200ms")
        try waitUntil("all expired that may") { try stage.count("page:*") == 0 }
        #expect(try stage.count("locked:*") == 1)
    }
}
