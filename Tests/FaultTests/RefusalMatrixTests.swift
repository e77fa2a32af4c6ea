import TestSupport
import Testing

/// Every write x every way to be refused x every path: Redis has afterwards what it had before.
///
/// `FRESHET_REFUSALS` is how many cases are tried; all of them come up in some thousands.
@Suite("Refusals on every path")
struct RefusalMatrixTests {
    enum Path: CaseIterable { case plain, pipelined, transaction, own, large, version3, hangUp }

    /// `$` is a key that Freshet knows something of.
    private static let writes = """
        SET $ v
        SET $ v EX 100
        SETNX $ v
        SETEX $ 10 v
        MSET $ v other v
        GETSET $ v
        APPEND $ v
        INCR $
        SETRANGE $ 1 v
        SETBIT $ 7 1
        BITFIELD $ SET u8 0 1
        BITOP NOT $ $
        LPUSH $ v
        RPUSH $ v
        LINSERT $ BEFORE 1 v
        LMOVE $ $ LEFT RIGHT
        SADD $ v
        SUNIONSTORE $ none
        ZADD $ 1 m
        ZUNIONSTORE $ 1 none
        ZRANGESTORE $ none 0 -1
        HSET $ f v
        HSETNX $ f v
        HINCRBY $ f 1
        GEOADD $ 1 1 m
        GEORADIUS none 0 0 1 m STORE $
        PFADD $ v
        PFMERGE $
        XADD $ * f v
        XGROUP CREATE $ g 0 MKSTREAM
        COPY $ $
        SORT none STORE $
        RESTORE $ 0 v
        EVAL "#!lua\\nreturn redis.call('SET',KEYS[1],1)" 1 $
        EVALSHA 0123456789012345678901234567890123456789 1 $
        FCALL nothing 1 $
        """.split(separator: "\n").map(String.init)

    /// Why Redis refuses: who asks, and what makes Redis refuse it.
    private static let reasons: [(who: RefusalSite.Who, on: String, off: String)] = [
        (.nobody, "PING", "PING"), (.reader, "PING", "PING"),
        (.writer, "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        (.writer, "CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0"),
    ]

    @Test("refused writes leave keys, index and audit alone", arguments: Mode.allCases)
    func matrix(_ mode: Mode) throws {
        let stage = try RefusalSite(mode)
        let before = try stage.digest()
        let run = Seed.ofThisRun()
        let cases = ProcessEnvironment["FRESHET_REFUSALS"].flatMap(Int.init) ?? 240
        let audit = try stage.site.audit().count
        for number in 0..<cases {
            var seed = run.derived(number)
            let reason = Self.reasons[number % Self.reasons.count]
            let path = Path.allCases.randomElement(using: &seed) ?? .plain
            let key = Bool.random(using: &seed) ? "item:1" : "item:2"
            let shape = Self.writes.randomElement(using: &seed) ?? ""
            // A script that finds no room may have written before, in whose words Redis refuses it too.
            if shape.hasPrefix("EVAL \""), reason.on.contains("maxmemory") { continue }
            let line = shape.split(separator: "$", omittingEmptySubsequences: false).joined(separator: key)
            _ = try stage.site.redis(reason.on)
            // The first that is refused is how Freshet learns of it.
            if reason.who == .writer { _ = try stage.client(.writer).run("SET item:none x") }
            try Self.send(line, path, reason.who, stage)
            if path == .hangUp { try stage.waitForLeaving() }
            _ = try stage.site.redis(reason.off)
            let keys = try stage.site.redis("KEYS *")
            let cause = "\(run), case \(number): \(line), \(path), \(reason.who), \(reason.on); \(keys)"
            try #require(try stage.digest() == before, "\(cause)")
        }
        let told = try stage.site.audit().dropFirst(audit).filter {
            $0.contains("\"kind\":\"cascade\"") && $0.contains("\"outcome\":\"done\"")
        }
        #expect(told.isEmpty, "\(run)")
    }

    private static func send(
        _ line: String, _ path: Path, _ who: RefusalSite.Who, _ stage: RefusalSite
    ) throws {
        let client = try stage.client(who, isTCP: path == .hangUp)
        let words = RequestEncoding.arguments(of: line)
        let request = RequestEncoding.command(words)
        switch path {
        case .plain: _ = try client.run(line)
        case .pipelined:
            try client.send(request + request + request)
            _ = try client.readFrames(3)
        case .transaction:
            try client.send(
                RequestEncoding.command(["MULTI"]) + request + RequestEncoding.command(["EXEC"]))
            _ = try client.readFrames(3)
        case .own:
            _ = try client.run("WATCH none")
            _ = try client.run(line)
        case .large:
            if who == .nobody { break }
            let value = String(repeating: "v", count: 70_000)
            _ = try client.command(["SET", "item:2", value])
        case .version3:
            _ = try client.run("HELLO 3")
            _ = try client.run(line)
        case .hangUp:
            _ = try client.run("WATCH none")
            try client.send(request)
            client.resetAtEnd()
        }
    }
}
