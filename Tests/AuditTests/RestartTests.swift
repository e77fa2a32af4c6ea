import Bytes
import FoundationEssentials
import Testing

@testable import Audit

@Suite struct RestartTests {
    @Test("a restarted log goes on with the chain")
    func restart() throws {
        let fixture = try LogFixture()
        for round in 0..<3 {
            let log = try fixture.log()
            log.append(LogFixture.cascade(round))
            log.stop()
            #expect(log.lastSequence == UInt64(round) + 2)
        }
        #expect(AuditVerifier.verify(fixture.path).exitCode == 0)
        #expect(try fixture.entries().map(\.sequence) == [1, 2, 3, 4])
    }

    @Test("a torn last line, cut at any byte, is removed and reported, and the chain goes on")
    func torn() throws {
        let fixture = try LogFixture()
        let first = try fixture.log()
        for number in 0..<2 { first.append(LogFixture.cascade(number)) }
        first.stop()
        let whole = try fixture.bytes()
        let lastLine = try #require(try fixture.lines().last).utf8.count
        for cut in stride(from: 1, through: lastLine, by: 37) {
            try fixture.write(Array(whole.dropLast(cut)))
            let log = try fixture.log()
            log.append(LogFixture.cascade(9))
            log.stop()
            #expect(AuditVerifier.verify(fixture.path).exitCode == 0, "cut \(cut)")
            #expect(
                try fixture.entries().map(\.kind) == ["segment", "cascade", "repair", "cascade"], "cut \(cut)"
            )
        }
    }

    @Test("a file whose last record was changed is set aside as it is, and a new chain begins")
    func damaged() throws {
        let fixture = try LogFixture()
        let log = try fixture.log()
        log.append(LogFixture.cascade())
        log.stop()
        let changed = String(decoding: try fixture.bytes(), as: UTF8.self).replacing(
            "10.0.0.5", with: "10.0.0.9")
        try fixture.write(Array(changed.utf8))
        let next = try fixture.log()
        next.append(LogFixture.cascade())
        next.stop()
        #expect(try fixture.names() == ["audit-000001.jsonl", "audit.jsonl"])
        #expect(try fixture.bytes("audit-000001.jsonl") == Array(changed.utf8))
        #expect(try fixture.lines().count == 3)
        #expect(AuditVerifier.verify(fixture.path).exitCode == 2)
    }

    @Test("a crash between rotating and the new file's first line does not break the chain")
    func rotatedAway() throws {
        let fixture = try LogFixture()
        let log = try fixture.log()
        log.append(LogFixture.cascade())
        log.stop()
        try FileManager.default.moveItem(
            atPath: fixture.path, toPath: fixture.directory + "/audit-000001.jsonl")
        let next = try fixture.log()
        next.append(LogFixture.cascade())
        next.stop()
        #expect(next.lastSequence == 4)
        #expect(AuditVerifier.verify(fixture.path).exitCode == 0)
        let instances = try fixture.entries().filter { $0.kind == "segment" }
            .map { JSONParser.parse(Array($0.text.utf8))?["instance"]?.text }
        #expect(instances.count == 2 && instances[0] == instances[1])
    }

    @Test("after a move and reopen the new file goes on where the moved one ends")
    func reopen() throws {
        let fixture = try LogFixture()
        let log = try fixture.log()
        log.append(LogFixture.cascade(1))
        log.flush()
        try FileManager.default.moveItem(
            atPath: fixture.path, toPath: fixture.directory + "/audit-000007.jsonl")
        log.append(LogFixture.cascade(2))
        log.flush()
        log.reopen()
        log.append(LogFixture.cascade(3))
        log.stop()
        #expect(try fixture.lines("audit-000007.jsonl").count == 3)
        #expect(try fixture.lines().count == 2)
        #expect(AuditVerifier.verify(fixture.path, head: log.head).exitCode == 0)
    }

    @Test("a second log on the same file is refused")
    func locked() throws {
        let fixture = try LogFixture()
        let log = try fixture.log()
        log.append(LogFixture.cascade())
        log.flush()
        let error = #expect(throws: AuditError.self) { try fixture.log() }
        #expect(error?.description.contains("another process writes it") == true)
        log.stop()
    }

    @Test("a directory that is not there is an error that names the file and the reason")
    func cannotOpen() {
        let error = #expect(throws: AuditError.self) { try AuditLog(.init(path: "/nonexistent/audit.jsonl")) }
        #expect(
            error?.description
                == "cannot open audit file '/nonexistent/audit.jsonl': No such file or directory")
    }
}
