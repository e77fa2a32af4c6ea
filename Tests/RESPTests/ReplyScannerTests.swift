import RESP
import TestSupport
import Testing

@Suite("Reply scanner")
struct ReplyScannerTests {
    /// Whole replies, with the type and the number that each has.
    private static let replies: [(text: String, type: Character, number: Int)] = [
        ("+OK\r\n", "+", 0), ("-ERR no\r\n", "-", 0), (":42\r\n", ":", 42), (":-7\r\n", ":", -7),
        ("$5\r\nhello\r\n", "$", 5), ("$0\r\n\r\n", "$", 0), ("$-1\r\n", "$", -1),
        ("$4\r\n\r\n\r\n\r\n", "$", 4),
        ("*0\r\n", "*", 0), ("*-1\r\n", "*", -1), ("*2\r\n+a\r\n:1\r\n", "*", 2),
        ("*2\r\n*1\r\n$1\r\na\r\n*2\r\n$-1\r\n*0\r\n", "*", 2),
        ("*3\r\n*-1\r\n*1\r\n*1\r\n*0\r\n-ERR x\r\n", "*", 3),
        ("_\r\n", "_", 0), ("#t\r\n", "#", 0), (",3.14\r\n", ",", 0), ("(123456789012345678901\r\n", "(", 0),
        ("=7\r\ntxt:abc\r\n", "=", 7), ("!5\r\nERR x\r\n", "!", 5),
        ("%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n", "%", 2), ("~2\r\n:1\r\n:2\r\n", "~", 2), ("%0\r\n", "%", 0),
        (">3\r\n+message\r\n$1\r\nc\r\n$1\r\nm\r\n", ">", 3),
        ("|1\r\n+ttl\r\n:3\r\n+OK\r\n", "+", 0), ("|0\r\n:9\r\n", ":", 9),
        ("|1\r\n+a\r\n*1\r\n:1\r\n*2\r\n:1\r\n:2\r\n", "*", 2),
        ("*2\r\n|1\r\n+a\r\n:1\r\n:5\r\n:6\r\n", "*", 2),
        ("*1\r\n|1\r\n+a\r\n%1\r\n:1\r\n:2\r\n*1\r\n|0\r\n:6\r\n", "*", 1),
    ]

    private static func bytes(_ index: Int) -> [UInt8] { Array(replies[index].text.utf8) }

    @Test("a reply ends where it ends, and is what it is", arguments: replies.indices)
    func whole(_ index: Int) {
        let bytes = Self.bytes(index)
        var scanner = ReplyScanner()
        let progress = scanner.scan((bytes + [0x2b]).span, from: 0)
        #expect(progress == .complete(end: bytes.count), "\(describe(bytes))")
        #expect(scanner.type == Self.replies[index].type.asciiValue)
        #expect(scanner.number == Self.replies[index].number)
    }

    @Test("where the end of a whole reply is told at a glance, it is where scanning finds it")
    func endAtAGlance() {
        var found = 0
        for index in Self.replies.indices {
            let reply = Self.bytes(index)
            let bytes = Array("+x\r\n".utf8) + reply + [0x24]
            for count in 4..<(4 + reply.count) {
                let view = bytes.span.extracting(0..<count)
                #expect(ReplyScanner.endOfWhole(view, from: 4) == nil, "\(describe(reply)), \(count) bytes")
            }
            guard let end = ReplyScanner.endOfWhole(bytes.span, from: 4) else { continue }
            found += 1
            #expect(end == 4 + reply.count, "\(describe(reply))")
        }
        #expect(found >= 6)
    }

    @Test("a reply cut in two at any byte ends in the same place", arguments: replies.indices)
    func splitAnywhere(_ index: Int) {
        let bytes = Self.bytes(index)
        for cut in 1..<bytes.count {
            var scanner = ReplyScanner()
            let first = scanner.scan(Array(bytes[..<cut]).span, from: 0)
            let second = scanner.scan(Array(bytes[cut...]).span, from: 0)
            #expect(first == .partial && second == .complete(end: bytes.count - cut), "cut at \(cut)")
            #expect(scanner.type == Self.replies[index].type.asciiValue, "cut at \(cut)")
            #expect(scanner.number == Self.replies[index].number, "cut at \(cut)")
        }
    }

    @Test("a reply that arrives byte by byte is complete with its last", arguments: replies.indices)
    func dripFed(_ index: Int) {
        let bytes = Self.bytes(index)
        var scanner = ReplyScanner()
        for (offset, byte) in bytes.enumerated() {
            let isLast = offset == bytes.count - 1
            #expect(scanner.scan([byte].span, from: 0) == (isLast ? .complete(end: 1) : .partial))
        }
    }

    @Test("replies behind one another are told apart")
    func stream() {
        let bytes = Self.replies.flatMap { Array($0.text.utf8) }
        var scanner = ReplyScanner()
        var offset = 0
        for reply in Self.replies {
            scanner.reset()
            let end = offset + reply.text.utf8.count
            #expect(scanner.scan(bytes.span, from: offset) == .complete(end: end), "\(reply.text)")
            #expect(scanner.number == reply.number, "\(reply.text)")
            offset = end
        }
        #expect(offset == bytes.count)
    }

    @Test("errors and nils are recognised in both protocols")
    func errorsAndNils() {
        for (text, isError, isNil) in [
            ("-ERR\r\n", true, false), ("!3\r\nERR\r\n", true, false), ("$-1\r\n", false, true),
            ("*-1\r\n", false, true), ("_\r\n", false, true), ("+OK\r\n", false, false),
            (":-1\r\n", false, false),
        ] {
            var scanner = ReplyScanner()
            _ = scanner.scan(Array(text.utf8).span, from: 0)
            #expect(scanner.isError == isError && scanner.isNil == isNil, "\(text)")
        }
    }

    @Test("the first word is kept, of a line and of the first bulk in an aggregate")
    func words() {
        for (text, word) in [
            ("-WRONGTYPE Operation\r\n", "WRONGTYPE"), ("+QUEUED\r\n", "QUEUED"),
            ("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", "subscribe"),
            (">3\r\n$12\r\npunsubscribe\r\n_\r\n:0\r\n", "punsubscribe"),
        ] {
            var scanner = ReplyScanner()
            for byte in Array(text.utf8) { _ = scanner.scan([byte].span, from: 0) }
            #expect(scanner.wordText == word)
        }
    }

    @Test("the elements of the outermost aggregate are collected on request")
    func elements() {
        var scanner = ReplyScanner()
        scanner.collectsElements = true
        _ = scanner.scan(Array("*4\r\n:1\r\n-ERR\r\n*2\r\n:8\r\n:9\r\n$-1\r\n".utf8).span, from: 0)
        #expect(scanner.elements.map(\.type) == [0x3a, 0x2d, 0x2a, 0x24])
        #expect(scanner.elements.map(\.number) == [1, 0, 2, -1])
    }

    @Test("an attribute before an element is no element")
    func attributes() {
        var scanner = ReplyScanner()
        scanner.collectsElements = true
        let bytes = Array("|1\r\n+a\r\n:7\r\n*2\r\n|1\r\n+b\r\n*1\r\n:8\r\n:1\r\n-ERR\r\n".utf8)
        #expect(scanner.scan(bytes.span, from: 0) == .complete(end: bytes.count))
        #expect(scanner.elements.map(\.type) == [0x3a, 0x2d])
        #expect(scanner.elements.map(\.number) == [1, 0])
    }

    @Test(
        "CR and LF together end a line, neither alone", arguments: ["+a\nb\r\n", "+a\rb\r\n", "-E\n\r\r\n"])
    func lineEnds(_ text: String) {
        var scanner = ReplyScanner()
        #expect(scanner.scan(Array(text.utf8).span, from: 0) == .complete(end: text.utf8.count))
        let fast = ReplyScanner.endOfWhole(Array(text.utf8).span, from: 0)
        #expect(fast == nil || fast == text.utf8.count)
    }

    @Test("a reply nested to the limit passes, one level more fails")
    func depth() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "*1\r\n", count: depth) + ":1\r\n").utf8)
        }
        for depth in [1, 7, 8] {
            var scanner = ReplyScanner(maxDepth: 8)
            #expect(scanner.scan(nested(depth).span, from: 0) == .complete(end: nested(depth).count))
        }
        var scanner = ReplyScanner(maxDepth: 8)
        #expect(scanner.scan(nested(9).span, from: 0) == .failed)
    }

    @Test(
        "what is no RESP fails",
        arguments: [
            "x\r\n", "\r\n", ":\r\n", ":1a\r\n", "$-2\r\n", "*-2\r\n", "*1x\r\n", "*1\r\n?\r\n",
            ":1\n", ":1\r2\r\n", "$99999999999999999999\r\n", "*99999999999\r\n",
        ])
    func malformed(_ text: String) {
        var scanner = ReplyScanner()
        #expect(scanner.scan(Array(text.utf8).span, from: 0) == .failed)
    }

    @Test("damaged replies never crash, and scan alike whole and in pieces")
    func fuzz() {
        let run = Seed.ofThisRun()
        let messages = Self.replies.indices.map(Self.bytes)
        for number in 0..<20_000 {
            var seed = run.derived(number)
            let bytes = Mutant.of(messages, &seed)
            var scanner = ReplyScanner(maxDepth: 16)
            let whole = scanner.scan(bytes.span, from: 0)
            let cut = Int.random(in: 0...bytes.count, using: &seed)
            #expect(Self.scan(bytes, cut: cut) == whole, "\(run), case \(number): \(describe(bytes)), \(cut)")
        }
    }

    private static func scan(_ bytes: [UInt8], cut: Int) -> ReplyScanner.Progress {
        var scanner = ReplyScanner(maxDepth: 16)
        let first = scanner.scan(Array(bytes[..<cut]).span, from: 0)
        guard first == .partial else { return first }
        switch scanner.scan(Array(bytes[cut...]).span, from: 0) {
        case .complete(let end): return .complete(end: cut + end)
        case let other: return other
        }
    }
}
