import TestSupport
import Testing

/// Who somebody is, and what that allows.
@Suite("Faults of identity")
struct IdentityTests {
    @Test(
        "fault 71: Redis decides who logs in; the audit names the last user accepted",
        arguments: Mode.allCases)
    func users(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        try site.redis("ACL SETUSER alice on >alicepw ~* &* +@all")
        try site.redis("ACL SETUSER bob on >bobpw ~* &* +@all")
        let client = try site.client()
        let lines = [
            "AUTH alice alicepw", "SET item:1 x", "AUTH alice wrong", "SET item:2 x",
            "HELLO 3 AUTH bob bobpw",
        ]
        let replies = try lines.map { try client.run($0) }
        #expect(replies[0] == .simple("OK") && replies[2].text?.hasPrefix("WRONGPASS") == true)
        #expect(try client.run("SET item:3 x") == .simple("OK"))
        #expect(try client.run("ACL WHOAMI") == .bulk("bob"))
        try site.waitForAudit("item:1", "\"user\":\"alice\"")
        try site.waitForAudit("item:2", "\"user\":\"alice\"")
        try site.waitForAudit("item:3", "\"user\":\"bob\"")
    }

    @Test("fault 71: a password shows nowhere", arguments: Mode.allCases)
    func passwords(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}\nlog-level debug")
        try site.redis("ACL SETUSER alice on >hunter2 ~* &* +@all")
        let watching = try site.client()
        #expect(try watching.run("MONITOR") == .simple("OK"))
        let client = try site.client()
        for line in [
            "AUTH alice hunter2", "HELLO 3 AUTH alice hunter2", "SET item:1 x",
            "ECHO end",
        ] {
            _ = try client.run(line)
        }
        try waitUntil("the last line of MONITOR") {
            let line = try watching.readFrame().reply.text ?? ""
            #expect(!line.contains("hunter2"))
            return line.contains("\"end\"")
        }
        try site.waitForAudit("item:1")
        let shown = [
            site.proxy.log, try site.audit().joined(), try site.redis("CLIENT LIST").text ?? "",
            try AdminHTTP.get("/metrics", from: site.proxy.admin).body,
            try RawClient(site.proxy.admin).run("FRESHET INFO").text ?? "",
        ]
        for text in shown { #expect(!text.contains("hunter2")) }
    }

    @Test(
        "fault 72: a cascade that Redis does not permit fails once, at once, with the reason",
        arguments: Mode.allCases)
    func notPermitted(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        try site.redis("SET copy:1 stale")
        try site.redis("ACL SETUSER default -unlink")
        #expect(try site.client().run("SET item:1 x") == .simple("OK"))
        try site.waitForAudit("\"outcome\":\"failed\"", "NOPERM", "copy:1")
        try waitUntil("the log to say so") { site.proxy.log.contains("an invalidation failed for good") }
        #expect(try (site.proxy.metric("freshet_queue_retries_total{reason=\"NOPERM\"}") ?? 0) == 0)
        #expect(try site.redis("EXISTS copy:1") == .integer(1))
    }

    @Test(
        "fault 73: a cascade may delete what its client may not, but nothing protected; the audit names both",
        arguments: Mode.allCases)
    func confusedDeputy(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}\ndepend safe:{x} on item:{x}\nprotect safe:**")
        try site.redis("ACL SETUSER writer on >pw ~item:* +set")
        try site.redis("SET copy:1 stale")
        try site.redis("SET safe:1 kept")
        let client = try site.client()
        #expect(try client.run("AUTH writer pw") == .simple("OK"))
        #expect(try client.run("DEL copy:1").text?.hasPrefix("NOPERM") == true)
        #expect(try client.run("SET item:1 x") == .simple("OK"))
        #expect(try site.redis("EXISTS copy:1") == .integer(0))
        #expect(try site.redis("EXISTS safe:1") == .integer(1))
        try site.waitForAudit("copy:1", "\"user\":\"writer\"", "\"as\":\"default\"")
    }

    @Test("fault 75: a data port knows no verbs of Freshet: Redis answers", arguments: Mode.allCases)
    func verbs(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        try site.redis("SET copy:1 kept")
        let client = try site.client()
        for line in ["FRESHET INVALIDATE KEY copy:1", "freshet reload", "FRESHET.INVALIDATE copy:1"] {
            #expect(try client.run(line).text?.hasPrefix("ERR unknown command") == true, "\(line)")
        }
        #expect(try site.redis("EXISTS copy:1") == .integer(1))
        let denying = try Site(mode, "deny freshet")
        let refused = try denying.client().run("FRESHET INFO").text ?? ""
        #expect(refused.hasPrefix("NOPERM freshet: command") || refused.hasPrefix("ERR unknown command"))
    }
}
