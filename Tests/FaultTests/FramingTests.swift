import TestSupport
import Testing

/// Bytes that are odd, cut, or meant for somebody else. What Redis answers to each, and that Freshet answers
/// the same, is in the tables of `TransparencyTests`; here is what shows behind the replies.
@Suite("Faults of framing")
struct FramingTests {
    @Test(
        "fault 3: a client that sends one byte at a time is served, and costs no busy loop",
        arguments: Mode.allCases)
    func slicer(_ mode: Mode) throws {
        let site = try Site(mode)
        let client = try site.client(isTCP: true)
        let before = try site.proxy.metric("process_cpu_seconds_total") ?? 0
        for byte in RequestEncoding.command(["SET", "key", String(repeating: "v", count: 200)]) {
            try client.send([byte])
            separateSegments()
        }
        #expect(try client.readFrame().reply == .simple("OK"))
        let after = try site.proxy.metric("process_cpu_seconds_total") ?? 0
        // A loop that spins while it waits for the next byte would use all of the time, about half a second.
        #expect(after - before < 0.4)
        #expect(try site.redis("STRLEN key") == .integer(200))
    }

    @Test("fault 4: requests that ask for nothing take no place among the replies", arguments: Mode.allCases)
    func empty(_ mode: Mode) throws {
        let site = try Site(mode)
        let client = try site.client()
        try client.send("*0\r\nPING 1\r\n\r\n*-10\r\n\n\nPING 2\r\n*-1\r\n   \r\nPING 3\r\n")
        #expect(try client.readFrames(3).map(\.reply) == [.bulk("1"), .bulk("2"), .bulk("3")])
        client.halfClose()
        #expect(try client.readToEnd() == [])
    }

    @Test(
        "fault 6: a name spelt with quotes and escapes is the same name to the tagger as to Redis",
        arguments: Mode.allCases)
    func escapes(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        let client = try site.client()
        try site.redis("SET \"copy:\\x00\\n\\x22 z\" stale")
        try client.send("SET \"item:\\x00\\n\\\" z\" fresh\r\n")
        #expect(try client.readFrame().reply == .simple("OK"))
        #expect(try site.redis("GET \"item:\\x00\\n\\x22 z\"") == .bulk("fresh"))
        #expect(try site.redis("EXISTS \"copy:\\x00\\n\\x22 z\"") == .integer(0))
    }

    @Test("fault 12: what is behind an argument reaches a shared link as CRLF, as Redis would have read it")
    func normalised() throws {
        let upstream = try ScriptedUpstream { _ in nil }
        let proxy = try FreshetProcess(upstream: upstream.endpoint, until: .listening)
        let client = try RawClient(proxy.unix)
        try client.send("*2\r\n$4\r\nECHOxx$6\r\nmarkeryy*1\rx$4\r\nPING\r\n")
        #expect(try client.readFrames(2).map(\.reply) == [.bulk("marker"), .simple("PONG")])
        let text = String(decoding: upstream.received, as: UTF8.self)
        #expect(text.contains("*2\r\n$4\r\nECHO\r\n$6\r\nmarker\r\n*1\r\n$4\r\nPING\r\n"))
        #expect(!text.contains("xx"))
    }

    @Test(
        "fault 15: POST and Host: end the connection, are counted, logged once, and reach no Redis",
        arguments: Mode.allCases)
    func crossProtocol(_ mode: Mode) throws {
        let site = try Site(mode)
        for text in ["POST / HTTP/1.1\r\n", "host: x\r\n", "*2\r\n$4\r\nPosT\r\n$1\r\n/\r\n"] {
            let client = try site.client()
            try client.send(text + "SET forged 1\r\n")
            #expect(try client.readToEnd() == [])
        }
        try site.waitForMetric("freshet_protocol_errors_total{reason=\"cross_protocol\"}", 3)
        let lines = site.proxy.log.split(separator: "\n").filter { $0.contains("cross-protocol") }
        #expect(lines.count == 1)
        #expect(try site.redis("EXISTS forged") == .integer(0))
        #expect(try !site.redis("INFO commandstats").text!.contains("cmdstat_post"))
    }

    @Test(
        "fault 18: a PROXY header is no address: its text is an unknown command, its binary form an error",
        arguments: Mode.allCases)
    func proxyHeader(_ mode: Mode) throws {
        let site = try Site(mode)
        let first = try site.client()
        try first.send("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nPING\r\n")
        #expect(try first.readFrame().reply.text?.hasPrefix("ERR unknown command 'PROXY'") == true)
        #expect(try first.readFrame().reply == .simple("PONG"))
        let second = try site.client()
        let header: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
        try second.send(header + [0x21, 0x11, 0, 12, 10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2])
        #expect(try second.readToEnd() == Array("-ERR Protocol error: invalid inline\r\n".utf8))
        #expect(try !site.redis("CLIENT LIST").text!.contains("10.0.0.1"))
    }

    @Test(
        "fault 20: half a request and the end: nothing is executed, and the link of a large one is closed",
        arguments: Mode.allCases)
    func halfRequest(_ mode: Mode) throws {
        let site = try Site(mode)
        _ = try site.client().isServed()
        for size in [10, 200_000] {
            let client = try site.client()
            let frame = RequestEncoding.command(["SET", "half", String(repeating: "x", count: size)])
            try client.send(Array(frame.dropLast(3)))
            client.halfClose()
            #expect(try client.readToEnd() == [])
        }
        try waitUntil("the link with half a request to be gone") {
            try !site.redis("CLIENT LIST").text!.split(separator: "\n").contains { line in
                line.contains("name=freshet") && !line.contains("qbuf=0 ")
            }
        }
        #expect(try site.redis("EXISTS half") == .integer(0))
        #expect(try site.client().isServed())
    }
}
