import Bytes
import FoundationEssentials
import Testing

@testable import Audit

@Suite struct ReviewTests {
    private func entry(_ change: (inout AuditRecord) -> Void = { _ in }) throws -> AuditEntry {
        var record = LogFixture.cascade()
        record.time = AuditTime(wallMicroseconds: 0, monotonicNanoseconds: 0)
        change(&record)
        var encoder = RecordEncoder(keys: .plain, targetLimit: 100)
        var link = ChainLink.genesis
        return try #require(AuditEntry(line: encoder.line(record, after: &link).dropLast()))
    }

    private let origin = "which was SET by app@10.0.0.5:5123"
    private let page =
        "built from product:42:price "
        + "(depend page:{lang}:product:{id} on product:{id}:price proxy.conf:31)"

    @Test("why a key vanished is told in one line, back to the client")
    func direct() throws {
        #expect(
            try entry().sentence(about: "page:en:product:42")
                == "1970-01-01T00:00:00.000000Z page:en:product:42 removed: \(page), \(origin)")
    }

    @Test("a key two steps away names both steps")
    func chained() throws {
        #expect(
            try entry().sentence(about: "list:en")
                == "1970-01-01T00:00:00.000000Z list:en removed: built from page:en:product:42 "
                + "(depend list:{lang} on page:{lang}:product:{id} proxy.conf:32), which was "
                + "\(page), \(origin)"
        )
    }

    @Test("the sentence says what is not certain and what did not happen")
    func outcomes() throws {
        let outcomes: [(AuditRecord.Outcome, String)] = [
            (.observed, "would have been removed (observe mode)"), (.failed, "was to be removed and was not"),
            (.unknown, "removed or not, unknown"),
        ]
        for (outcome, text) in outcomes {
            #expect(
                try entry { $0.outcome = outcome }.sentence(about: "list:en").contains(" list:en \(text): "))
        }
        #expect(
            try entry { $0.error = "NOPERM\u{1b}" }.sentence(about: "list:en").hasSuffix(
                "; error: NOPERM\\x1b"))
    }

    @Test("targets that name each other do not make the sentence endless")
    func cycle() throws {
        let entry = try entry { record in
            record.targets[0].from = "list:en"
            record.targets[0].depth = 2
        }
        #expect(entry.sentence(about: "list:en").utf8.count < 1000)
    }

    @Test("records are found by key and by text over all files")
    func filtering() throws {
        let fixture = try LogFixture()
        let log = try fixture.log(maxBytes: 2000)
        for number in 0..<20 { log.append(LogFixture.cascade(number)) }
        log.stop()
        let reader = AuditReader(path: fixture.path)
        #expect(try reader.last(10, .init(key: "page:en:product:7")).count == 1)
        #expect(try reader.last(10, .init(key: "product:7:price")).first?.key == "product:7:price")
        #expect(try reader.last(100, .init(text: "depend list:{lang}")).count == 20)
        #expect(
            try reader.last(3, .init(kind: "cascade")).map(\.key)
                == (17..<20).map { ByteString("product:\($0):price") })
        #expect(try reader.last(10, .init(key: "absent")).isEmpty)
    }

    @Test("the last records are in memory, also without a file, and can be asked for by key")
    func recent() throws {
        let log = try AuditLog(.init(path: nil, onFull: .block))
        for number in 0..<300 { log.append(LogFixture.cascade(number)) }
        log.flush()
        #expect(log.recent().count == 256)
        #expect(log.recent(key: "product:299:price").count == 1)
        #expect(log.recent(key: "product:1:price").isEmpty)
        #expect(log.recent().last?.contains(log.lastHash) == true)
        log.stop()
    }

    @Test("hashed keys are found by their plain name in memory")
    func recentHashed() throws {
        let log = try AuditLog(.init(path: nil, keys: .hash))
        log.append(LogFixture.cascade())
        log.flush()
        #expect(log.recent(key: "page:en:product:42").count == 1)
        #expect(log.recent(key: "other").isEmpty)
        log.stop()
    }
}
