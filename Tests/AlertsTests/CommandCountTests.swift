import TestSupport
import Testing

@Suite("Counts of commands")
struct CommandCountTests {
    @Test(
        "fault 244: a command that had to wait is counted once, when it is forwarded or answered",
        arguments: ["shared", "dedicated"])
    func once(_ connections: String) throws {
        let redis = try RedisServer()
        let freshet = try FreshetProcess(
            upstream: redis.unix,
            configuration: """
                connections \(connections)
                workers 1
                deny OBJECT
                tag page:{id} pages
                """)
        let client = try RawClient(freshet.unix)
        // Each of these waits for the replies before it.
        let round =
            RequestEncoding.command(["SET", "page:1", "x"]) + RequestEncoding.command(["SELECT", "1"])
            + RequestEncoding.command(["GET", "page:1"])
            + RequestEncoding.command(["CLIENT", "SETNAME", "me"])
            + RequestEncoding.command(["EVAL", "return 1", "0"])
            + RequestEncoding.command(["OBJECT", "HELP"])
            + RequestEncoding.command(["SET", "freshet:tag:pages", "x"])
            + RequestEncoding.command(["BLPOP", "list", "0.01"])
        let rounds = 20
        for _ in 0..<rounds { try client.send(round) }
        for _ in 0..<(rounds * 8) { _ = try client.readFrame() }
        try waitUntil("the counts") {
            try freshet.metric("freshet_commands_total{command=\"blpop\",class=\"known\"}") == Double(rounds)
        }
        for name in ["set", "select", "get", "client|setname", "eval", "object|help"] {
            let count = try freshet.metric("freshet_commands_total{command=\"\(name)\",class=\"known\"}")
            #expect(count == Double(name == "set" ? 2 * rounds : rounds), "\(name)")
        }
        #expect(try freshet.metric("freshet_reserved_refusals_total") == Double(rounds))
        #expect(try freshet.metric("freshet_scripts_without_keys_total") == Double(rounds))
    }
}
