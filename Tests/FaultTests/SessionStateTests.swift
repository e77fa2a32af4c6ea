import TestSupport
import Testing

/// What a connection remembers from one command to the next.
@Suite("Faults of session state")
struct SessionStateTests {
    @Test(
        "fault 58: transactions pipelined with everything around them, from many clients at once",
        arguments: Mode.allCases)
    func pipelined(_ mode: Mode) throws {
        let site = try Site(mode)
        let clients = try (0..<20).map { _ in try site.client() }
        for (number, client) in clients.enumerated() {
            try client.pipeline(
                "ECHO a", "MULTI", "SET k\(number) \(number)", "GET k\(number)", "EXEC", "ECHO b")
        }
        for (number, client) in clients.enumerated() {
            let replies = try client.readFrames(6).map(\.reply)
            #expect(replies[0] == .bulk("a") && replies[1] == .simple("OK"))
            #expect(replies[2] == .simple("QUEUED") && replies[3] == .simple("QUEUED"))
            #expect(replies[4] == .array([.simple("OK"), .bulk("\(number)")]) && replies[5] == .bulk("b"))
        }
    }

    @Test("a client sees its own name inside a transaction too", arguments: Mode.allCases)
    func nameInTransaction(_ mode: Mode) throws {
        let site = try Site(mode)
        for version in [2, 3] {
            let client = try site.client()
            _ = try client.run("HELLO \(version)")
            try client.pipeline(
                "MULTI", "ECHO \(String(repeating: "x", count: 1000))", "CLIENT GETNAME", "LRANGE none 0 -1",
                "CLIENT SETNAME mine", "CLIENT GETNAME", "EXEC", "CLIENT GETNAME")
            let replies = try client.readFrames(8).map(\.reply)
            let elements = try #require(replies[6].elements)
            #expect(elements.count == 5 && elements[1] == .null && elements[2] == .array([]))
            #expect(elements[3] == .simple("OK") && elements[4] == .bulk("mine"))
            #expect(replies[7] == .bulk("mine"))
        }
    }

    @Test(
        "fault 61: MOVE, COPY to a database and SWAPDB are judged in the database that they write",
        arguments: Mode.allCases)
    func databases(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        let client = try site.client()
        for database in 0...2 {
            try site.redis("SELECT \(database)")
            try site.redis("SET copy:1 stale")
            try site.redis("SET copy:2 stale")
        }
        try site.redis("SELECT 0")
        try site.redis("SET item:1 x")
        try site.redis("SET item:2 x")
        #expect(try client.run("MOVE item:1 1") == .integer(1))
        #expect(try client.run("COPY item:2 item:2 DB 2") == .integer(1))
        var left: [String] = []
        for database in 0...2 {
            try site.redis("SELECT \(database)")
            for key in ["copy:1", "copy:2"] where try site.redis("EXISTS \(key)") == .integer(1) {
                left.append("\(database)/\(key)")
            }
        }
        #expect(
            !left.contains("0/copy:1") && !left.contains("1/copy:1") && !left.contains("2/copy:2"), "\(left)")
        #expect(left.contains("2/copy:1") && left.contains("1/copy:2"), "\(left)")
        #expect(try client.run("SWAPDB 0 1") == .simple("OK"))
    }

    @Test("fault 62: RESET leaves nothing of what the connection was", arguments: Mode.allCases)
    func reset(_ mode: Mode) throws {
        let site = try Site(mode)
        try site.redis("ACL SETUSER bob on >pw ~* &* +@all")
        let client = try site.client()
        for line in ["HELLO 3 AUTH bob pw SETNAME mine", "SELECT 3", "SET here 3", "SUBSCRIBE news", "RESET"]
        {
            _ = try client.run(line)
        }
        #expect(try client.run("GET here") == .null)
        try client.send("GET here\r\nACL WHOAMI\r\nCLIENT GETNAME\r\n")
        #expect(try client.readBytes(5) == Array("$-1\r\n".utf8))
        #expect(try client.readFrame().reply == .bulk("default"))
        #expect(try client.readFrame().reply == .null)
        try site.redis("PUBLISH news nobody")
        #expect(try client.isServed())
    }

    @Test("fault 62: after RESET a client must log in again", arguments: Mode.allCases)
    func resetLogsOut(_ mode: Mode) throws {
        let site = try Site(mode, options: ["--requirepass", "secret"])
        let client = try site.client()
        #expect(try client.run("AUTH secret") == .simple("OK"))
        #expect(try client.isServed())
        #expect(try client.run("RESET") == .simple("RESET"))
        #expect(try client.run("GET a").text?.hasPrefix("NOAUTH") == true)
    }

    @Test(
        "fault 63: emptying a database leaves one record and no storm", arguments: Mode.allCases,
        ["FLUSHDB ASYNC", "FLUSHALL SYNC"])
    func flush(_ mode: Mode, _ command: String) throws {
        let site = try Site(mode, "tag item:{x}:** items/{x}\ndepend copy:{x} on item:{x}:a")
        let client = try site.client()
        for number in 0..<50 { try client.run("SET item:\(number):a x") }
        try site.redis("CONFIG RESETSTAT")
        #expect(try client.run(command) == .simple("OK"))
        try site.waitForAudit("\"kind\":\"flush\"")
        #expect(try site.audit().filter { $0.contains("\"kind\":\"flush\"") }.count == 1)
        #expect(try !site.redis("INFO commandstats").text!.contains("cmdstat_unlink"))
        #expect(try site.redis("KEYS *") == .array([]))
    }

    @Test(
        "fault 64: scripts and functions count as writes of the keys they declare", arguments: Mode.allCases)
    func scripts(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        let client = try site.client()
        let library =
            "#!lua name=lib\\nredis.register_function('put', "
            + "function(k, a) return redis.call('SET', k[1], a[1]) end)"
        #expect(try client.run("FUNCTION LOAD \"\(library)\"") == .bulk("lib"))
        let digest = try client.run("SCRIPT LOAD \"return redis.call('SET', KEYS[1], 'x')\"").text ?? ""
        let writers = ["FCALL put 1 item:1 x", "EVALSHA \(digest) 1 item:1", "EVAL \"return 1\" 1 item:1"]
        for line in writers {
            try site.redis("SET copy:1 stale")
            #expect(try !client.run(line).isError, "\(line)")
            #expect(try site.redis("EXISTS copy:1") == .integer(0), "\(line)")
        }
        try site.redis("SET copy:1 fresh")
        let readers = [
            "EVAL_RO \"return redis.call('GET', KEYS[1])\" 1 item:1", "EVALSHA_RO \(digest) 1 item:1",
        ]
        for line in readers { _ = try client.run(line) }
        #expect(try site.redis("EXISTS copy:1") == .integer(1))
        _ = try client.run("EVAL \"return 1\" 0")
        _ = try client.command("EVAL", "return 1", "0", String(repeating: "x", count: 100_000))
        try site.waitForMetric("freshet_scripts_without_keys_total", 2)
        try site.waitForMetric("freshet_commands_total{command=\"eval\",class=\"known\"}", 3)
    }

    @Test(
        "fault 64: with scripts deny none is run, large or small, in a transaction or not",
        arguments: Mode.allCases)
    func deniedScripts(_ mode: Mode) throws {
        let site = try Site(mode, "scripts deny")
        let client = try site.client()
        for line in ["EVAL \"return redis.call('SET','a','1')\" 0", "FCALL f 0", "EVALSHA abc 0"] {
            #expect(
                try client.run(line).text?.hasPrefix("NOPERM freshet: scripts are denied") == true, "\(line)")
        }
        _ = try client.run("MULTI")
        #expect(try client.run("EVAL \"return 1\" 0").text?.hasPrefix("NOPERM freshet: scripts") == true)
        #expect(try client.run("EXEC").text?.hasPrefix("EXECABORT") == true)
        let padding = String(repeating: "x", count: 100_000)
        try client.sendCommand("EVAL", "return redis.call('SET','a','1')", "0", padding)
        #expect(try client.readFrame().reply.text?.hasPrefix("NOPERM freshet: scripts are denied") == true)
        #expect(try site.redis("EXISTS a") == .integer(0))
    }

    @Test("fault 67: names in any case, and of subcommands", arguments: Mode.allCases)
    func mixedCase(_ mode: Mode) throws {
        let site = try Site(mode, "deny Config|Set\ndepend copy:{x} on item:{x}")
        let client = try site.client()
        try site.redis("SET copy:1 stale")
        #expect(try client.run("sEt item:1 x") == .simple("OK"))
        #expect(try site.redis("EXISTS copy:1") == .integer(0))
        #expect(try client.run("cOnFiG sEt maxmemory 0").text?.hasPrefix("NOPERM freshet: command") == true)
        #expect(try client.run("CONFIG|SET maxmemory 0").text?.hasPrefix("ERR unknown command") == true)
        #expect(try client.run("cLiEnT sEtNaMe mine") == .simple("OK"))
        #expect(try client.run("client getname") == .bulk("mine"))
        #expect(try client.run("config get maxmemory").elements?.count == 2)
    }

    @Test("fault 69: a server's own commands pass, what deny names does not", arguments: Mode.allCases)
    func denied(_ mode: Mode) throws {
        let site = try Site(mode, "deny DEBUG SHUTDOWN REPLICAOF FAILOVER MODULE ACL CONFIG|SET")
        let client = try site.client()
        let lines = [
            "DEBUG SLEEP 0", "SHUTDOWN NOSAVE", "REPLICAOF 127.0.0.1 1", "FAILOVER", "MODULE LIST",
            "ACL WHOAMI",
            "CONFIG SET maxmemory 0",
        ]
        for line in lines {
            #expect(try client.run(line).text?.hasPrefix("NOPERM freshet: command") == true, "\(line)")
        }
        _ = try client.run("MULTI")
        #expect(try client.run("DEBUG SLEEP 0").text?.hasPrefix("NOPERM freshet: command 'debug") == true)
        #expect(try client.run("EXEC").text?.hasPrefix("EXECABORT") == true)
        #expect(try client.run("CONFIG GET maxmemory").elements?.count == 2)
        let open = try Site(mode)
        let other = try open.client()
        #expect(try other.run("DEBUG SLEEP 0") == .simple("OK"))
        #expect(try other.run("ACL WHOAMI") == .bulk("default"))
        #expect(try other.run("MODULE LIST") == .array([]))
        #expect(try other.run("CONFIG SET maxmemory 0") == .simple("OK"))
    }

    @Test("a SUBSCRIBE, WATCH or CLIENT of any length is followed like a short one", arguments: Mode.allCases)
    func largeConnectionCommands(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        let client = try site.client()
        let keys = (0..<5000).map { "watched-key-number-\($0)" }
        try client.send(RequestEncoding.command(["WATCH"] + keys))
        #expect(try client.readFrame().reply == .simple("OK"))
        #expect(try site.redis("SET \(keys[4999]) x") == .simple("OK"))
        try client.pipeline("MULTI", "SET item:1 x", "EXEC")
        #expect(try client.readFrames(3).last?.reply == .null)
        let name = String(repeating: "n", count: 100_000)
        #expect(try client.command("CLIENT", "SETNAME", name) == .simple("OK"))
        #expect(try client.command("CLIENT", "GETNAME") == .bulk(name))
        try client.send(RequestEncoding.command(["SUBSCRIBE"] + keys))
        #expect(try client.readFrames(5000).last?.reply.elements?.last == .integer(5000))
        try client.send(RequestEncoding.command(["UNSUBSCRIBE"] + keys))
        #expect(try client.readFrames(5000).last?.reply.elements?.last == .integer(0))
        try site.redis("SET copy:1 stale")
        #expect(try client.run("SET item:1 x") == .simple("OK"))
        #expect(try site.redis("EXISTS copy:1") == .integer(0))
        #expect(try (site.proxy.metric("freshet_opaque_connections_total{reason=\"command\"}") ?? 0) == 0)
    }
}
