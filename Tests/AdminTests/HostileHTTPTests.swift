import TestSupport
import Testing

/// Browsers, scanners and floods on the admin port, while clients go on with their data.
@Suite("Hostile HTTP")
struct HostileHTTPTests {
    private let redis: RedisServer
    private let proxy: FreshetProcess

    init() throws {
        redis = try RedisServer()
        proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: """
                audit-file \(redis.directory.path)/audit.jsonl
                depend copy:{x} on item:{x}
                tag item:{x} items/{x}
                """)
    }

    /// The paths that the index lists.
    private func paths() throws -> [String] {
        let index = try AdminHTTP.get("/", from: proxy.admin).body
        let paths = index.split(separator: "\n").filter { $0.hasPrefix("/") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(paths.contains("/metrics") && paths.count >= 5, "\(index)")
        return paths
    }

    private func expectDataPath(_ sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try RawClient(proxy.unix).command("PING") == .simple("PONG"), sourceLocation: sourceLocation)
    }

    /// The status lines of everything that comes until the connection is closed.
    private func statuses(_ client: RawClient) throws -> [Int] {
        String(decoding: try client.readToEnd(), as: UTF8.self).split(separator: "HTTP/1.1 ").compactMap {
            Int($0.prefix(3))
        }
    }

    @Test("fault 141: no path changes anything over HTTP, and no verb is a path")
    func methods() throws {
        let direct = try HiredisClient(redis.unix)
        _ = try direct.command("SET", "item:1", "x")
        for path in try paths() {
            for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                let response = try AdminHTTP.request(
                    method, path, headers: ["Content-Length: 0"], to: proxy.admin)
                #expect(response.status == 405, "\(method) \(path)")
                #expect(response.headers.contains("Allow: GET, HEAD"), "\(method) \(path)")
            }
        }
        for path in ["/invalidate?key=item:1", "/INVALIDATE/KEY/item:1", "/reload", "/freshet/invalidate"] {
            #expect(try AdminHTTP.get(path, from: proxy.admin).status == 404, "\(path)")
        }
        #expect(try direct.command("EXISTS", "item:1") == .integer(1))
    }

    @Test("fault 142: a name that a web page pointed here is refused on every path and for every method")
    func hosts() throws {
        for path in try paths() {
            for method in ["GET", "HEAD", "POST"] {
                let client = try RawClient(proxy.admin)
                let head = "Host: evil.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                try client.send("\(method) \(path) HTTP/1.1\r\n" + head)
                #expect(try statuses(client) == [403], "\(method) \(path)")
            }
        }
    }

    @Test(
        "fault 143: what a form of a web page can send is refused",
        arguments: [
            "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json",
        ])
    func forms(_ type: String) throws {
        let body = "FRESHET INVALIDATE KEY item:1\r\n"
        let response = try AdminHTTP.request(
            "POST", "/metrics", headers: ["Content-Type: \(type)", "Origin: http://evil.example"], body: body,
            to: proxy.admin)
        #expect(response.status == 405)
        try expectDataPath()
    }

    @Test("fault 144: connections that never finish their request do not keep others out of the data path")
    func slowloris() throws {
        var slow: [RawClient] = []
        for number in 0..<80 {
            let client = try RawClient(proxy.admin, limitMilliseconds: 60_000)
            try client.send("GET /metrics HTTP/1.1\r\nX-\(number): ")
            slow.append(client)
        }
        try expectDataPath()
        // RESP verbs share the port, not the limit of HTTP connections.
        #expect(try RawClient(proxy.admin).command("PING") == .simple("PONG"))
        for client in slow { #expect(try !statuses(client).contains(200)) }
        try waitUntil("a page again") {
            (try? AdminHTTP.get("/livez", from: proxy.admin))?.status == 200
        }
    }

    @Test("fault 144: a header of a mebibyte is refused")
    func longHeader() throws {
        let client = try RawClient(proxy.admin, limitMilliseconds: 30_000)
        let header = String(repeating: "x", count: 1 << 20)
        try client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: \(header)\r\n\r\n")
        #expect(try statuses(client).allSatisfy { $0 >= 400 })
        try expectDataPath()
    }

    @Test("fault 144: a hundred pipelined requests are answered in full")
    func pipelined() throws {
        let client = try RawClient(proxy.admin, limitMilliseconds: 30_000)
        let request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n"
        let last = request + "Connection: close\r\n\r\n"
        try client.send(String(repeating: request + "\r\n", count: 99) + last)
        #expect(try statuses(client) == Array(repeating: 200, count: 100))
        try expectDataPath()
    }

    @Test(
        "fault 144: chunks without end, or of impossible size, are not kept",
        arguments: ["GET", "POST"], ["10000", "ffffffffffffffff", "7fffffffffffffff", "-1", "xyz"])
    func chunks(_ method: String, _ size: String) throws {
        let before = try proxy.metric("process_resident_memory_bytes") ?? 0
        let client = try RawClient(proxy.admin, limitMilliseconds: 30_000)
        try client.send("\(method) /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "\(size)\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
        for _ in 0..<64 { try client.send(chunk) }
        client.halfClose()
        let answers = try statuses(client)
        if method == "POST" { #expect(answers.allSatisfy { $0 >= 400 }, "\(answers)") }
        try expectDataPath()
        let after = try proxy.metric("process_resident_memory_bytes") ?? 0
        #expect(after - before < 16e6, "\(size): from \(before) to \(after) bytes")
    }

    @Test(
        "fault 145: a name full of markup and controls is shown safely in the audit, by verbs and in metrics")
    func names() throws {
        let evil = "item:\u{1b}[2J<script>\n\"\\\u{202e}\u{0}"
        let client = try RawClient(proxy.unix)
        _ = try client.command("SET", "copy:" + evil.dropFirst(5), "x")
        #expect(try client.command("SET", evil, "x") == .simple("OK"))
        var body = ""
        try waitUntil("the record of the cascade") {
            body = try AdminHTTP.get("/audit", from: proxy.admin).body
            return body.contains("script")
        }
        for line in body.split(separator: "\n") {
            let isSafe = line.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && $0.value != 0x7f && $0 != "\u{202e}"
            }
            #expect(isSafe && line.hasPrefix("{") && line.hasSuffix("}"), "\(line)")
        }
        let admin = try RawClient(proxy.admin)
        let explained = try admin.command("FRESHET", "EXPLAIN", evil, "SET\u{1b}[1m\nx").elements ?? []
        #expect(explained.count > 3)
        for text in explained.compactMap(\.text) + [proxy.log] {
            #expect(!text.contains("\u{1b}") && !text.contains("\u{202e}"), "\(text)")
        }
        #expect(explained.allSatisfy { $0.text?.contains("\n") == false })
        #expect(try !AdminHTTP.get("/metrics", from: proxy.admin).body.contains("<script"))
    }

    @Test("fault 146: many distinct keys and tags add no series")
    func cardinality() throws {
        func series() throws -> Int {
            try AdminHTTP.get("/metrics", from: proxy.admin).body.split(separator: "\n").count
        }
        func write(_ numbers: Range<Int>) throws {
            let client = try RawClient(proxy.unix, limitMilliseconds: 30_000)
            let keys = numbers.map { "item:\($0)" }
            try client.send(keys.flatMap { RequestEncoding.command(["SET", $0, "x"]) })
            #expect(try client.readFrames(keys.count).allSatisfy { $0.reply == .simple("OK") })
        }
        try write(0..<100)
        let before = try series()
        try write(100..<5000)
        #expect(try series() <= before + 20)
    }
}
