import Bytes
import FoundationEssentials
import Testing

@testable import Audit

@Suite struct ChainTests {
    private func written(_ count: Int, maxBytes: Int64 = 1 << 20) throws -> (LogFixture, ChainLink) {
        let fixture = try LogFixture()
        let log = try fixture.log(maxBytes: maxBytes)
        for number in 0..<count { log.append(LogFixture.cascade(number)) }
        log.stop()
        return (fixture, log.head)
    }

    private func reason(_ verdict: AuditVerifier.Verdict) -> String? {
        guard case .diverged(let divergence) = verdict else { return nil }
        return "\(divergence.line): \(divergence.reason)"
    }

    @Test("what was written is intact, from the segment record on")
    func intact() throws {
        let (fixture, head) = try written(10)
        #expect(AuditVerifier.verify(fixture.path) == .intact(records: 11, first: 1, head: head))
        #expect(AuditVerifier.verify(fixture.path).exitCode == 0)
        #expect(head.sequence == 11)
        #expect(try fixture.entries().map(\.kind) == ["segment"] + Array(repeating: "cascade", count: 10))
    }

    @Test(
        "sha256sum over the previous hash and the line without its hash finds the line's hash"
    )
    func independent() throws {
        let (fixture, head) = try written(1)
        let lines = try fixture.lines()
        let previous = String(lines[0].dropLast(2).suffix(64))
        let canonical = lines[1].dropLast(64 + 11) + "}"
        try fixture.write(Array((previous + canonical).utf8), "input")
        #expect(run("sha256sum < \(fixture.directory)/input > \(fixture.directory)/output") == 0)
        #expect(try fixture.lines("output")[0].hasPrefix(head.hash))
    }

    @Test("a change of any field is found at its line")
    func tampering() throws {
        let (fixture, _) = try written(3)
        let lines = try fixture.lines()
        let line = lines[2]
        let edits = [
            ("\"mono_ns\":", "\"mono_ns\":1"), ("\"seq\":3", "\"seq\":4"),
            ("\"kind\":\"cascade\"", "\"kind\":\"flush\""),
            ("\"user\":\"app\"", "\"user\":\"eve\""), ("10.0.0.5", "10.0.0.6"), ("\"conn\":7", "\"conn\":8"),
            ("web-1", "web-2"), ("redis-py", "redis-js"), ("\"cmd\":\"SET\"", "\"cmd\":\"GET\""),
            ("\"db\":0", "\"db\":1"), ("\"key\":\"product:1", "\"key\":\"product:2"), ("mutation", "nothing"),
            ("page:en:product:1\"", "page:de:product:1\""), ("\"depth\":2", "\"depth\":3"),
            ("proxy.conf:31", "proxy.conf:30"), ("\"via\":\"index\"", "\"via\":\"computed\""),
            ("\"target_count\":2", "\"target_count\":1"), ("\"deleted\":2", "\"deleted\":3"),
            ("\"outcome\":\"done\"", "\"outcome\":\"failed\""), ("\"dur_us\":180", "\"dur_us\":181"),
            ("\"prev\":\"", "\"prev\":\"0"), ("\"hash\":\"", "\"hash\":\"0"), ("\"ts\":\"2", "\"ts\":\"3"),
            ("\"id\":\"0", "\"id\":\"1"),
        ]
        for (old, new) in edits {
            let changed = line.replacing(old, with: new)
            #expect(changed != line, "\(old) is not in the line")
            try fixture.write(
                Array((lines[0] + "\n" + lines[1] + "\n" + changed + "\n" + lines[3] + "\n").utf8))
            let verdict = AuditVerifier.verify(fixture.path)
            #expect(reason(verdict)?.hasPrefix("3: ") == true, "\(old): \(verdict)")
            #expect(verdict.exitCode == 2)
        }
    }

    @Test("removed, repeated and swapped lines are found")
    func moving() throws {
        let (fixture, _) = try written(4)
        let lines = try fixture.lines()
        for order in [[0, 1, 3, 4], [0, 1, 1, 2, 3, 4], [0, 2, 1, 3, 4], [1, 2, 3, 4]] {
            try fixture.write(Array(order.map { lines[$0] + "\n" }.joined().utf8))
            #expect(AuditVerifier.verify(fixture.path).exitCode == 2, "\(order)")
        }
    }

    @Test("a cut tail is found when the head was noted elsewhere, and cannot be without it")
    func cutTail() throws {
        let (fixture, head) = try written(4)
        let lines = try fixture.lines()
        #expect(AuditVerifier.verify(fixture.path, head: head).exitCode == 0)
        try fixture.write(Array(lines.dropLast().map { $0 + "\n" }.joined().utf8))
        #expect(AuditVerifier.verify(fixture.path).exitCode == 0)
        #expect(reason(AuditVerifier.verify(fixture.path, head: head))?.contains("cut off") == true)
    }

    @Test("the chain runs on across rotated files, and a file taken out of the middle is found")
    func rotation() throws {
        let (fixture, head) = try written(40, maxBytes: 4000)
        let names = try fixture.names()
        #expect(names.count > 5)
        #expect(names.first == "audit-000001.jsonl" && names.last == "audit.jsonl")
        let verdict = AuditVerifier.verify(fixture.path, head: head)
        #expect(verdict.exitCode == 0, "\(verdict)")
        #expect(AuditVerifier.verify(fixture.directory) == AuditVerifier.verify(fixture.path))
        for name in names { #expect(try fixture.lines(name)[0].contains("\"kind\":\"segment\"")) }
        #expect(try fixture.entries().filter { $0.kind == "cascade" }.count == 40)

        try FileManager.default.removeItem(atPath: fixture.directory + "/audit-000001.jsonl")
        guard case .intact(_, let first, _) = AuditVerifier.verify(fixture.path) else {
            Issue.record("removing the oldest file is what retention does")
            return
        }
        #expect(first > 1)
        try FileManager.default.removeItem(atPath: fixture.directory + "/audit-000003.jsonl")
        #expect(AuditVerifier.verify(fixture.path).exitCode == 2)
    }

    @Test("only so many rotated files are kept")
    func retention() throws {
        let fixture = try LogFixture()
        let log = try fixture.log(maxBytes: 1000, retain: 3)
        for number in 0..<20 { log.append(LogFixture.cascade(number)) }
        log.stop()
        #expect(try fixture.names().count == 4)
        #expect(AuditVerifier.verify(fixture.path, head: log.head).exitCode == 0)
    }

    @Test("a path that is not there is unreadable, not tampered with")
    func missing() throws {
        #expect(AuditVerifier.verify("/nonexistent/audit.jsonl").exitCode == 1)
        let fixture = try LogFixture()
        #expect(AuditVerifier.verify(fixture.directory).exitCode == 1)
    }
}
