import Bytes
import Testing

@testable import Audit

/// What `audit why` says, and that it is no more than the log knows.
@Suite struct HistoryTests {
    private func record(
        _ keys: [ByteString], deleted: Int?, count: Int? = nil,
        _ change: (inout AuditRecord) -> Void = { _ in }
    ) -> AuditRecord {
        var record = AuditRecord(.invalidate)
        record.actor = AuditActor(user: "admin", address: "10.0.0.9:1", connection: 0)
        record.command = "freshet invalidate tag"
        record.key = "pages"
        record.targets = keys.map {
            AuditRecord.Target(key: $0, depth: 1, from: "", why: "", line: "", via: .named)
        }
        record.targetCount = count
        record.deleted = deleted
        record.outcome = .done
        change(&record)
        return record
    }

    private func lines(
        of records: [AuditRecord], _ key: ByteString, keys: AuditLog.KeyPolicy = .plain
    ) throws -> [String] {
        let fixture = try LogFixture()
        let log = try AuditLog(.init(path: fixture.path, onFull: .block, keys: keys, targetLimit: 3))
        for record in records { log.append(record) }
        log.stop()
        return try KeyHistory.lines(path: fixture.path, key: key, last: 20)
    }

    @Test("fault 250: why says removed only of keys that surely were, whatever the record names")
    func fates() throws {
        let some = record(["a", "b"], deleted: 1)
        let both = record(["a", "b"], deleted: 2)
        let none = record(["a", "b"], deleted: 0)
        let known = record(["a", "b"], deleted: 1) {
            $0.targets[0].fate = .done
            $0.targets[1].fate = .absent
        }
        #expect(try lines(of: [both], "a")[0].contains(" a removed: "))
        #expect(try lines(of: [none], "a")[0].contains(" a was named, but was not there: "))
        let doubt = " a was named, and may not have been there (1 of 2 were): "
        #expect(try lines(of: [some], "a")[0].contains(doubt))
        #expect(try lines(of: [known], "a")[0].contains(" a removed: "))
        #expect(try lines(of: [known], "b")[0].contains(" b was named, but was not there: "))
        let failed = record(["a"], deleted: 0) { $0.outcome = .failed }
        #expect(try lines(of: [failed], "a")[0].contains(" a was to be removed and was not: "))
    }

    @Test("fault 250: what expires later is not called removed")
    func softened() throws {
        let soft = record(["a"], deleted: 1) { $0.softlyMilliseconds = 30_000 }
        #expect(try lines(of: [soft], "a")[0].contains(" a was let expire within 30 s: "))
        let timed = record(["a"], deleted: 1) { $0.expiryMilliseconds = 1500 }
        #expect(try lines(of: [timed], "a")[0].contains(" a was given 1500 ms to live: "))
    }

    @Test("fault 251: a key beyond those that a record lists may be among the others")
    func beyond() throws {
        let many = record((0..<10).map { ByteString("page:\($0)") }, deleted: 10)
        let told = try lines(of: [many], "page:7")
        #expect(
            told[0].contains(" page:7 may be among 7 more keys that the record does not list: pages was "))
        #expect(told[1].contains("page:7 is named by none of 2 records from "))
        let unlike = try lines(of: [many], "user:7")
        #expect(unlike[0].contains("does not list, though none that it lists is like it: "))
    }

    @Test("fault 251: hashed keys are found, and told by their names")
    func hashed() throws {
        let told = try lines(of: [record(["page:1"], deleted: 1)], "page:1", keys: .hash)
        #expect(told.count == 1 && told[0].contains(" page:1 removed: "), "\(told)")
    }

    @Test("fault 251: of a key that no record names it is said so, with what may have happened")
    func unknown() throws {
        let told = try lines(of: [record(["page:1"], deleted: 1)], "page:2")
        #expect(told.count == 2 && told[0].hasPrefix("page:2 is named by none of 2 records from "), "\(told)")
        #expect(told[1].hasPrefix("it may have expired, been evicted, been removed by a client itself"))
        var gap = AuditRecord(.gap)
        gap.count = 3
        #expect(try lines(of: [gap], "page:2").last == "records are missing in 1 gap: it may be named there")
        var flush = AuditRecord(.flush)
        flush.command = "flushdb"
        flush.database = 2
        flush.outcome = .done
        let flushed = try lines(of: [flush], "page:2")
        #expect(flushed[0].contains(" page:2 went with database 2, if it was there: flushdb"), "\(flushed)")
    }

    @Test("fault 252: a log that a killed process wrote is known to end without its stop record")
    func ends() throws {
        let fixture = try LogFixture()
        func end(_ records: [AuditRecord]) throws -> Bool {
            let log = try fixture.log()
            for record in records { log.append(record) }
            log.stop()
            let next = try fixture.log()
            defer { next.stop() }
            return next.endedInOrder
        }
        #expect(try fixture.log().endedInOrder)
        #expect(try !end([LogFixture.cascade()]))
        #expect(try end([LogFixture.cascade(), AuditRecord(.stop)]))
        #expect(try !end([AuditRecord(.start)]))
    }

    @Test("fault 248: names in UTF-8 are shown as they are, and what could deceive is escaped")
    func names() throws {
        let names: [(ByteString, String)] = [
            ("größe:鍵:\u{1f600}", "größe:鍵:\u{1f600}"), ("a\u{1b}[2J", "a\\x1b[2J"),
            ("x\u{202e}y", "x\\xe2\\x80\\xaey"), ("a\u{200b}b", "a\\xe2\\x80\\x8bb"),
            ("a\u{a0}b", "a\\xc2\\xa0b"), (ByteString([0x61, 0xff, 0xc3]), "a\\xff\\xc3"),
            ("q\"\\\u{85}", "q\\\"\\\\\\xc2\\x85"), ("", ""),
        ]
        for (name, text) in names { #expect(name.description == text) }
        let key: ByteString = "größe:1"
        #expect(try lines(of: [record([key], deleted: 1)], key)[0].contains(" größe:1 removed: "))
    }
}
