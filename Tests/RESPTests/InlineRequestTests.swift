import Bytes
import RESP
import TestSupport
import Testing

@Suite("Inline requests")
struct InlineRequestTests {
    private static let lines: [(line: String, words: [String])] = [
        ("PING\r\n", ["PING"]), ("PING\n", ["PING"]), ("  SET  a\tb \r\n", ["SET", "a", "b"]),
        ("SET a \"b c\"\r\n", ["SET", "a", "b c"]), ("SET a ''\r\n", ["SET", "a", ""]),
        ("SET a \"\\x41\\n\\r\\t\\b\\a\\\"\\\\\"\r\n", ["SET", "a", "A\n\r\t\u{8}\u{7}\"\\"]),
        ("SET a \"\\xZZ\"\r\n", ["SET", "a", "xZZ"]), ("SET a \"\\q\"\r\n", ["SET", "a", "q"]),
        ("SET a 'it\\'s'\r\n", ["SET", "a", "it's"]), ("SET a 'x\\n'\r\n", ["SET", "a", "x\\n"]),
        ("SET k\"ey\" v\r\n", ["SET", "key", "v"]),
        ("\r\n", []), ("   \n", []),
    ]

    @Test("a line is split into words as Redis splits it", arguments: lines.indices)
    func split(_ index: Int) throws {
        let (line, words) = Self.lines[index]
        var output = ByteBuffer()
        #expect(try InlineRequest.encode(Array(line.utf8).span, into: &output) == words.count)
        let expected = words.isEmpty ? [] : RequestEncoding.command(words)
        #expect(ByteString(output.span).bytes == expected)
    }

    @Test(
        "quotes that do not balance are refused",
        arguments: ["SET a \"b\r\n", "SET a 'b\r\n", "SET a \"b\"c\r\n", "SET a 'b'c\r\n", "\"\\\r\n"])
    func unbalanced(_ line: String) {
        #expect(throws: ProtocolError.unbalancedQuotes) {
            var output = ByteBuffer()
            _ = try InlineRequest.encode(Array(line.utf8).span, into: &output)
        }
    }

    @Test("a line becomes the words that Redis reads in it")
    func agreesWithRedis() throws {
        let server = try RedisServer()
        defer { withExtendedLifetime(server) {} }
        let direct = try HiredisClient(server.unix)
        let run = Seed.ofThisRun()
        let lines = Self.lines.map { Array($0.line.utf8) }
        for number in 0..<600 {
            var seed = run.derived(number)
            let line =
                Array("RPUSH list first ".utf8) + Mutant.of(lines, &seed).filter { $0 != 0 && $0 != 0x0a }
            _ = try direct.command("DEL", "list")
            let client = try RawClient(server.unix)
            try client.send(line + [0x0a])
            let answer = try client.readFrame().reply
            let story = "\(run), case \(number): \(describe(line)), \(answer)"
            var output = ByteBuffer()
            guard let count = try? InlineRequest.encode((line + [0x0a]).span, into: &output) else {
                #expect(answer.text?.contains("unbalanced quotes") == true, "\(story)")
                continue
            }
            #expect(answer == .integer(count - 2), "\(story)")
            let words = try direct.command("LRANGE", "list", "0", "-1").elements ?? []
            let expected = ["RPUSH", "list"].map { Array($0.utf8) } + words.map { $0.bytes ?? [] }
            #expect(ByteString(output.span).bytes == RequestEncoding.command(expected), "\(story)")
        }
    }

    @Test("what an inline request becomes is a request, whatever the line")
    func fuzz() {
        let run = Seed.ofThisRun()
        let lines = Self.lines.map { Array($0.line.utf8) }
        for number in 0..<5000 {
            var seed = run.derived(number)
            let line = Mutant.of(lines, &seed) + [0x0a]
            var output = ByteBuffer()
            guard let count = try? InlineRequest.encode(line.span, into: &output), count > 0 else { continue }
            let scanned = Scanned.whole(ByteString(output.span).bytes)
            #expect(scanned.arguments.count == count, "\(run), case \(number): \(describe(line))")
        }
    }
}
