import TestSupport
import Testing

/// Lengths, counts and depths: what is announced is not believed, and what is too much ends with a reason.
@Suite("Faults of size")
struct LimitTests {
    @Test(
        "fault 22: as many empty arguments as max-args says pass, one more is refused",
        arguments: Mode.allCases)
    func manyArguments(_ mode: Mode) throws {
        let site = try Site(mode, "max-args 50000")
        let most = try site.client()
        let names = Array(repeating: "$0\r\n\r\n", count: 49_999).joined()
        try most.send("*50000\r\n$6\r\nEXISTS\r\n" + names)
        #expect(try most.readFrame().reply == .integer(0))
        let more = try site.client()
        try more.send("*50001\r\n$6\r\nEXISTS\r\n" + names + "$0\r\n\r\n")
        let text = "-ERR Protocol error: too many arguments (max-args)\r\n"
        #expect(try more.readToEnd() == Array(text.utf8))
        #expect(try most.isServed())
    }

    @Test("fault 24: proto-max-bulk-len is the configured one, with Redis's error", arguments: Mode.allCases)
    func bulkLimit(_ mode: Mode) throws {
        let site = try Site(mode, "proto-max-bulk-len 1mb")
        let refused = Array("-ERR Protocol error: invalid bulk length\r\n".utf8)
        let first = try site.client()
        try first.send("*2\r\n$4\r\nECHO\r\n$1048577\r\n")
        #expect(try first.readToEnd() == refused)
        let second = try site.client()
        let value = String(repeating: "x", count: 100_000)
        try second.send("*4\r\n$4\r\nMSET\r\n$100000\r\n\(value)\r\n$1048577\r\n")
        #expect(try second.readToEnd() == refused)
        #expect(
            try site.client().command("ECHO", String(repeating: "y", count: 1 << 20)).text?.count == 1 << 20)
    }

    @Test(
        "fault 33: the name of a key of megabytes is not held, and carries no tags", arguments: Mode.allCases)
    func hugeKey(_ mode: Mode) throws {
        let site = try Site(mode, "tag item:** items", options: [])
        let client = try site.client()
        client.limitMilliseconds = 60_000
        let before = try MemoryUse.fromNow(site.proxy).resident
        let key = "item:" + String(repeating: "k", count: 64 << 20)
        #expect(try client.command("SET", key, "1") == .simple("OK"))
        #expect(try site.redis("KEYS freshet:*") == .array([]))
        #expect(try client.run("SET item:\(String(repeating: "k", count: 4091)) 1") == .simple("OK"))
        #expect(try site.redis("SCARD freshet:tag:items") == .integer(1))
        #expect(try client.run("SET item:\(String(repeating: "k", count: 4092)) 1") == .simple("OK"))
        #expect(try site.redis("SCARD freshet:tag:items") == .integer(1))
        #expect(try MemoryUse(of: site.proxy).peak - before < 16 << 20)
    }

    @Test(
        "what must be kept of one request has a limit, and nothing of a longer one is executed",
        arguments: Mode.allCases)
    func keptNames(_ mode: Mode) throws {
        let site = try Site(mode, "max-buffered-request 100kb\nstream-threshold 10kb")
        let text = "-ERR Protocol error: request too large to follow (max-buffered-request)\r\n"
        let name = String(repeating: "n", count: 1000)
        try site.redis("SET \(name) 1")
        let commands = [
            ["DEL"] + Array(repeating: name, count: 200),
            ["SUBSCRIBE"] + Array(repeating: name, count: 200),
        ]
        for arguments in commands {
            let client = try site.client()
            try client.pipeline("ECHO before")
            try client.send(RequestEncoding.command(arguments))
            #expect(try client.readFrame().reply == .bulk("before"))
            #expect(try client.readToEnd() == Array(text.utf8))
        }
        try site.waitForMetric("freshet_limits_hit_total{limit=\"max-buffered-request\"}", 2)
        #expect(try site.redis("EXISTS \(name)") == .integer(1))
        #expect(try site.client().isServed())
    }

    @Test(
        "fault 34: a DEL of 20,000 keys is followed in batches, and every dependent goes",
        arguments: Mode.allCases)
    func manyKeys(_ mode: Mode) throws {
        let site = try Site(mode, "depend copy:{x} on item:{x}")
        let client = try site.client()
        client.limitMilliseconds = 60_000
        let numbers = [0, 1, 999, 1000, 1001, 10_000, 19_999]
        for number in numbers { try site.redis("SET copy:\(number) stale") }
        let keys = (0..<20_000).map { "item:\($0)" }
        try client.send(RequestEncoding.command(["DEL"] + keys))
        #expect(try client.readFrame().reply == .integer(0))
        try waitUntil("every dependent to be gone", withinMilliseconds: 60_000) {
            try numbers.allSatisfy { try site.redis("EXISTS copy:\($0)") == .integer(0) }
        }
        // Each piece of the walk is one batch with a record of its own, and between pieces the loop is free.
        var records: [String] = []
        try waitUntil("a hundred records", withinMilliseconds: 30_000) {
            records = try site.audit().filter { $0.contains("\"kind\":\"cascade\"") }
            return records.count >= 100
        }
        for record in records {
            let parts = record.split(separator: "\"target_count\":")
            #expect((parts.last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0) <= 1000)
        }
    }

    @Test(
        "a large write of a reserved key is refused in words, in its place, and never happens",
        arguments: Mode.allCases)
    func largeReservedWrite(_ mode: Mode) throws {
        let site = try Site(mode, "tag item:{x}:** item:{x}")
        let client = try site.client()
        try client.pipeline("ECHO before")
        try client.sendCommand("SET", "freshet:tag:item:1", String(repeating: "x", count: 200_000))
        #expect(try client.readFrame().reply == .bulk("before"))
        let text = String(decoding: try client.readToEnd(), as: UTF8.self)
        #expect(text.hasPrefix("-ERR freshet: key 'freshet:tag:item:1' is reserved"))
        #expect(try site.redis("EXISTS freshet:tag:item:1") == .integer(0))
        try site.waitForMetric("freshet_reserved_refusals_total", 1)
    }
}
