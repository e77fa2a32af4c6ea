import RESP
import TestSupport
import Testing

@Suite("Request scanner")
struct RequestScannerTests {
    private static let requests: [[UInt8]] = [
        RequestEncoding.command(["PING"]),
        RequestEncoding.command(["SET", "key", "hello"]),
        RequestEncoding.command(["SET", "", ""]),
        RequestEncoding.command(["SET", "k", "a\r\nb*1\r\n$4\r\n"]),
        RequestEncoding.command(["MSET"] + (0..<40).map { "value\($0)" }),
        RequestEncoding.command([[0, 255, 13, 10], [36, 42]]),
        Array("*2\r\n$03\r\nGET\r\n$1\r\nk\r\n".utf8),
        Array("PING hello\r\n".utf8), Array("\r\n".utf8), Array("*0\r\n".utf8), Array("*-1\r\n".utf8),
        Array("*x\r\n".utf8), Array("*1\r\n+PING\r\n".utf8), Array("*1\r\n$-1\r\n".utf8),
    ]

    @Test("a request cut in two at any byte scans as the whole does", arguments: requests.indices)
    func splitAnywhere(_ index: Int) {
        let bytes = Self.requests[index]
        let whole = Scanned.whole(bytes)
        for cut in 1..<max(2, bytes.count) {
            #expect(Scanned.growing(bytes, ends: [cut, bytes.count]) == whole, "cut at \(cut)")
        }
    }

    @Test("a request that arrives byte by byte scans as the whole does", arguments: requests.indices)
    func dripFed(_ index: Int) {
        let bytes = Self.requests[index]
        #expect(Scanned.growing(bytes, ends: Array(1...bytes.count)) == Scanned.whole(bytes))
    }

    @Test("bytes behind a request belong to the next", arguments: requests.indices)
    func followed(_ index: Int) {
        let bytes = Self.requests[index]
        #expect(Scanned.whole(bytes + Array("*1\r\n$4\r\nPING\r\n".utf8)) == Scanned.whole(bytes))
    }

    @Test("a scanner that was reset scans a second request")
    func reset() {
        var scanner = RequestScanner()
        for bytes in Self.requests {
            scanner.reset()
            let outcome = scanner.scan(bytes.span, RequestScanner.Limits())
            #expect(outcome == Scanned.whole(bytes).outcome, "\(describe(bytes))")
        }
    }

    private static let outcomes: [(text: String, expected: Scanned)] = [
        ("*1\r\n$4\r\nPING\r\n", Scanned(outcome: .complete(length: 14), arguments: ["PING"])),
        (
            "*2\r\n$3\r\nGET\r\n$0\r\n\r\n",
            Scanned(outcome: .complete(length: 19), arguments: ["GET", ""])
        ),
        ("*0\r\n", Scanned(outcome: .empty(length: 4))),
        ("*-1\r\n", Scanned(outcome: .empty(length: 5))),
        ("\r\n", Scanned(outcome: .inline(length: 2))),
        ("PING\n", Scanned(outcome: .inline(length: 5))),
        ("PING x\r\nPING", Scanned(outcome: .inline(length: 8))),
        ("PING", Scanned(outcome: .incomplete)),
        ("*", Scanned(outcome: .incomplete)),
        ("*1\r", Scanned(outcome: .incomplete)),
        ("*1\r\n$4\r\nPIN", Scanned(outcome: .incomplete)),
        ("*1\r\n$4\r\nPING\r", Scanned(outcome: .incomplete)),
        ("*a\r\n", Scanned(outcome: .failed(.invalidCount))),
        ("*\r\n", Scanned(outcome: .failed(.invalidCount))),
        ("* 1\r\n", Scanned(outcome: .failed(.invalidCount))),
        ("*01\r\n", Scanned(outcome: .failed(.invalidCount))),
        ("*2147483648\r\n", Scanned(outcome: .failed(.invalidCount))),
        ("*99999999999999999999\r\n", Scanned(outcome: .failed(.invalidCount))),
        ("*1\r\n:4\r\n", Scanned(outcome: .failed(.expectedDollar(found: 0x3a)))),
        ("*1\r\n$x\r\n", Scanned(outcome: .failed(.invalidBulkLength))),
        ("*1\r\n$-1\r\n", Scanned(outcome: .failed(.invalidBulkLength))),
        ("*1\r\n$536870913\r\n", Scanned(outcome: .failed(.invalidBulkLength))),
        ("*2\r\n$3\r\nSET\r\n$70000\r\nx", Scanned(outcome: .large)),
        ("PI\0NG\r\n", Scanned(outcome: .failed(.invalidInline))),
        ("\u{16}\u{3}\u{1}\0", Scanned(outcome: .failed(.tlsOnPlainPort))),
    ]

    @Test("each kind of request has its outcome", arguments: outcomes.indices)
    func table(_ index: Int) {
        let (text, expected) = Self.outcomes[index]
        #expect(Scanned.whole(Array(text.utf8)) == expected, "\(describe(Array(text.utf8)))")
    }

    @Test("bytes that no encoder writes are understood and told apart")
    func canonical() {
        for text in ["*1\r\n$4\r\nPINGxy", "*1\rx$4\r\nPING\r\n", "*1\r\n$4\ryPING\r\n"] {
            let scanned = Scanned.whole(Array(text.utf8))
            #expect(scanned.arguments == ["PING"] && !scanned.isCanonical, "\(describe(Array(text.utf8)))")
        }
    }

    @Test("lines that never end are refused once they are longer than a line may be")
    func endless() {
        let padding = [UInt8](repeating: 0x31, count: RequestScanner.longestLine)
        #expect(Scanned.whole([0x61] + padding).outcome == .failed(.tooBigInline))
        #expect(Scanned.whole([0x2a] + padding).outcome == .failed(.tooBigCount))
        let header = Array("*1\r\n$".utf8)
        var limits = RequestScanner.Limits()
        limits.gatheredBytes = 1 << 20
        #expect(Scanned.whole(header + padding, limits).outcome == .failed(.tooBigBulkHeader))
    }

    @Test("who has not logged in may ask for little")
    func unauthenticated() {
        var limits = RequestScanner.Limits()
        limits.isUnauthenticated = true
        #expect(Scanned.whole(Array("*11\r\n".utf8), limits).outcome == .failed(.unauthenticatedCount))
        let bulk = Array("*1\r\n$16385\r\n".utf8)
        #expect(Scanned.whole(bulk, limits).outcome == .failed(.unauthenticatedBulk))
        #expect(Scanned.whole(RequestEncoding.command(["AUTH", "x"]), limits).arguments == ["AUTH", "x"])
    }

    @Test("no more arguments are taken than the limit says")
    func tooMany() {
        var limits = RequestScanner.Limits()
        limits.arguments = 2
        #expect(Scanned.whole(RequestEncoding.command(["GET", "x"]), limits).arguments.count == 2)
        let three = RequestEncoding.command(["MGET", "x", "y"])
        #expect(Scanned.whole(three, limits).outcome == .failed(.tooManyArguments))
    }

    @Test("damaged requests never crash, and scan alike whole and in pieces")
    func fuzz() {
        let run = Seed.ofThisRun()
        for number in 0..<20_000 {
            var seed = run.derived(number)
            let bytes = Mutant.of(Self.requests, &seed)
            let whole = Scanned.whole(bytes)
            if case .complete(let length) = whole.outcome { #expect(length <= bytes.count) }
            let cut = Int.random(in: 1...bytes.count, using: &seed)
            let pieces = Scanned.growing(bytes, ends: [cut, bytes.count])
            #expect(pieces == whole, "\(run), case \(number): \(describe(bytes)) cut at \(cut)")
        }
    }
}
