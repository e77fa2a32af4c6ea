import TestSupport
import Testing

/// Operators who type anything, and strangers who are none.
@Suite("Hostile verbs")
struct HostileVerbTests {
    private static let conventions = """
        tag item:{x} items/{x}
        depend copy:{x} on item:{x}
        depend page:{y}:{x} on item:{x}
        protect session:**
        """

    private static let words: [[UInt8]] =
        [
            "", "item:1", "copy:1", "items/1", "items", "session:1", "freshet:tag:items/1", "DB", "DRYRUN",
            "-1",
            "0", "15", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "SET", "*",
            "**",
            "{x}", "KEY", "ünïcode:鍵", "\u{1b}[2J", "a\r\n+OK\r\n", "<b>", "NaN", "%s%n", "--", "DB 1",
        ].map { Array($0.utf8) } + [
            [0], [0xff, 0xfe], Array(repeating: 0x78, count: 10_000), [0x61, 0, 0x62], [13], [10],
        ]

    /// The verbs that HELP lists, their containers, and some that nobody knows.
    private func verbs(_ admin: RawClient) throws -> [[String]] {
        let help = try admin.command("FRESHET", "HELP").elements?.compactMap(\.text) ?? []
        let listed = help.dropFirst().filter { !$0.hasPrefix(" ") }.map { line in
            line.split(separator: " ").map(String.init).prefix { $0.allSatisfy { $0.isUppercase } }
        }
        #expect(listed.count >= 9 && listed.contains(["INVALIDATE", "TAG"]), "\(help)")
        let containers = Set(listed.filter { $0.count > 1 }.map { [$0[0]] })
        return listed.map { Array($0) } + containers + [
            [], ["NOSUCH"], ["TAG", "NOSUCH"], ["INVALIDATE", "NO"],
        ]
    }

    private func start() throws -> (redis: RedisServer, proxy: FreshetProcess) {
        let redis = try RedisServer()
        return (redis, try FreshetProcess(upstream: redis.unix, configuration: Self.conventions))
    }

    private func send(_ verb: [String], _ words: [[UInt8]], to admin: RawClient) throws -> Reply {
        try admin.send(RequestEncoding.command((["FRESHET"] + verb).map { Array($0.utf8) } + words))
        return try admin.readFrame().reply
    }

    @Test("fault 76: every verb with 0 to 20 random arguments answers, and the proxy goes on")
    func arities() throws {
        let (redis, proxy) = try start()
        defer { withExtendedLifetime(redis) {} }
        let admin = try RawClient(proxy.admin, limitMilliseconds: 30_000)
        let run = Seed.ofThisRun()
        for (place, verb) in try verbs(admin).enumerated() {
            for count in 0...20 {
                var seed = run.derived(place * 100 + count)
                let words = (0..<count).map { _ in Self.words.randomElement(using: &seed) ?? [] }
                let reply = try send(verb, words, to: admin)
                let isKnown = !verb.isEmpty && verb != ["NOSUCH"] && verb.last != "NO"
                if !isKnown {
                    #expect(reply.isError, "\(run): \(verb) \(words.map { describe($0) }): \(reply)")
                }
                if case .error(let text) = reply {
                    let isSafe = text.hasPrefix("ERR ") && !text.unicodeScalars.contains { $0.value < 0x20 }
                    #expect(isSafe, "\(run): \(verb) \(count): \(text)")
                }
            }
        }
        #expect(try admin.command("PING") == .simple("PONG"))
        #expect(try RawClient(proxy.unix).command("PING") == .simple("PONG"))
    }

    @Test("fault 76: with DRYRUN nothing is changed, whatever the other arguments are")
    func dryRuns() throws {
        let (redis, proxy) = try start()
        let admin = try RawClient(proxy.admin, limitMilliseconds: 30_000)
        // Until then a write is followed by a look at all names, which removes what was written after it.
        try waitUntil("a trusted index") {
            try admin.command("FRESHET", "INFO").text?.contains("\r\nsuspect:no") == true
        }
        let client = try RawClient(proxy.unix)
        for name in ["item:1", "copy:1", "page:1:1", "session:1", "", "DB", "DRYRUN", "items/1"] {
            _ = try client.command("SET", name, "x")
        }
        let direct = try HiredisClient(redis.unix)
        let before = try direct.command("DEBUG", "DIGEST")
        let run = Seed.ofThisRun()
        for (place, kind) in ["KEY", "RELATED", "TAG"].enumerated() {
            for count in 1...20 {
                var seed = run.derived(place * 100 + count)
                var words = (0..<count).map { _ in Self.words.randomElement(using: &seed) ?? [] }
                // Behind -- it would be a name.
                words.removeAll { $0 == Array("--".utf8) }
                words.append(Array("DRYRUN".utf8))
                let reply = try send(["INVALIDATE", kind], words, to: admin)
                let names = reply.elements?.first?.text
                #expect(reply.isError || names == "would-delete", "\(run), \(kind) \(count): \(reply)")
            }
        }
        #expect(try direct.command("DEBUG", "DIGEST") == before)
    }

    @Test(
        "fault 76: what is no request ends the operator's connection with an error, and nobody else's",
        arguments: [
            "*1\r\n$-1\r\n", "*abc\r\n", "*2147483648\r\n", "*1\r\n:1\r\n", "*1\r\n$2000000\r\n",
            "PING \"x\r\n",
            "\u{16}\u{3}\u{1}\0\0\0\r\n", "FRESHET HELP\0\r\n",
        ])
    func malformed(_ text: String) throws {
        let (redis, proxy) = try start()
        defer { withExtendedLifetime(redis) {} }
        let other = try RawClient(proxy.admin)
        #expect(try other.command("PING") == .simple("PONG"))
        let client = try RawClient(proxy.admin)
        try client.send(text)
        let answer = String(decoding: try client.readToEnd(), as: UTF8.self)
        #expect(answer.hasPrefix("-ERR Protocol error"), "\(answer)")
        #expect(try other.command("PING") == .simple("PONG"))
    }

    @Test("fault 76: whatever bytes come, the admin port answers the next operator")
    func anyBytes() throws {
        let (redis, proxy) = try start()
        defer { withExtendedLifetime(redis) {} }
        let folder = RepositoryRoot.file("Tests/Corpus/requests")
        for name in FileSystem.names(in: folder) {
            let client = try RawClient(proxy.admin)
            try client.send(try FileSystem.read("\(folder)/\(name)"))
            client.halfClose()
            _ = try client.readToEnd()
        }
        #expect(try RawClient(proxy.admin).command("PING") == .simple("PONG"))
        #expect(try RawClient(proxy.unix).command("PING") == .simple("PONG"))
    }
}
