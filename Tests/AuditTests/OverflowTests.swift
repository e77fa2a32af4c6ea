import Bytes
import FoundationEssentials
import Testing

@testable import Audit

@Suite struct OverflowTests {
    private func onFullDisk(_ policy: AuditLog.OverflowPolicy, queueLimit: Int) throws -> (
        LogFixture, AuditLog
    ) {
        let fixture = try LogFixture()
        try FileManager.default.createSymbolicLink(atPath: fixture.path, withDestinationPath: "/dev/full")
        return (fixture, try fixture.log(queueLimit: queueLimit, onFull: policy))
    }

    @Test(
        "a full disk drops records, and once there is room a gap record counts them before all others"
    )
    func dropAndGap() async throws {
        let (fixture, log) = try onFullDisk(.drop, queueLimit: 100)
        for number in 0..<25 { log.append(LogFixture.cascade(number)) }
        log.flush()
        #expect(log.dropped == 25)
        #expect(log.errors > 0)
        #expect(log.written == 0)
        #expect(log.lastError?.description.contains("No space left on device") == true)

        try FileManager.default.removeItem(atPath: fixture.path)
        log.reopen()
        log.append(LogFixture.cascade(1000))
        log.stop()
        let entries = try fixture.entries()
        #expect(entries.map(\.kind) == ["segment", "gap", "cascade"])
        #expect(entries[1].count == 25)
        #expect(log.gaps == 1)
        #expect(AuditVerifier.verify(fixture.path, head: log.head).exitCode == 0)
    }

    @Test("a gap is reported without waiting for another record")
    func gapAlone() async throws {
        let (fixture, log) = try onFullDisk(.drop, queueLimit: 100)
        log.append(LogFixture.cascade())
        log.flush()
        try FileManager.default.removeItem(atPath: fixture.path)
        log.reopen()
        try await eventually("a gap record") { log.gaps == 1 }
        log.stop()
        #expect(try fixture.entries().map(\.kind) == ["segment", "gap"])
    }

    @Test("with the policy block nothing is lost: whoever reports is told to wait for the disk")
    func block() async throws {
        let (fixture, log) = try onFullDisk(.block, queueLimit: 2)
        #expect(!log.isFull)
        // What was under way is kept; nobody waits in the log itself.
        for number in 0..<20 { log.append(LogFixture.cascade(number)) }
        #expect(log.isFull)
        try await eventually("failing writes") { log.errors >= 2 }
        #expect(log.isFull)
        try FileManager.default.removeItem(atPath: fixture.path)
        log.reopen()
        try await eventually("room") { !log.isFull }
        log.stop()
        #expect(log.dropped == 0)
        #expect(try fixture.entries().compactMap(\.key) == (0..<20).map { ByteString("product:\($0):price") })
        #expect(AuditVerifier.verify(fixture.path, head: log.head).exitCode == 0)
    }

    @Test("stopping gives up what a full disk does not take")
    func stopWhileFull() async throws {
        let (_, log) = try onFullDisk(.block, queueLimit: 1)
        for number in 0..<10 { log.append(LogFixture.cascade(number)) }
        try await eventually("a failing write") { log.errors > 0 }
        log.stop()
        #expect(log.written == 0)
        #expect(log.dropped == 10)
    }

    @Test("when the queue is full, what is dropped is counted where it is missing")
    func queueFull() throws {
        let queue = AuditQueue(limit: 3, blocks: false)
        let kept = (0..<5).map { queue.append(LogFixture.cascade($0)) }
        #expect(kept == [true, true, true, false, false])
        let batch = queue.take(milliseconds: 0)
        #expect(batch.records.count == 3)
        #expect(batch.dropped == 2)
        queue.finished(batch.records.count)
        #expect(queue.append(LogFixture.cascade()))
        #expect(queue.take(milliseconds: 0).dropped == 0)
    }

    @Test("many reporters at once lose nothing and keep the chain")
    func concurrency() async throws {
        let fixture = try LogFixture()
        let log = try fixture.log(queueLimit: 16, onFull: .block)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for number in 0..<250 { log.append(LogFixture.cascade(number)) } }
            }
        }
        log.stop()
        #expect(log.written == 1001)
        #expect(
            AuditVerifier.verify(fixture.path, head: log.head)
                == .intact(records: 1001, first: 1, head: log.head))
    }

    @Test("a write that the disk takes only in part leaves no torn line")
    func partialWrite() throws {
        let fixture = try LogFixture()
        let mount = fixture.directory + "/small"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        guard run("mount -t tmpfs -o size=64k tmpfs \(mount) 2>/dev/null") == 0 else { return }
        defer { _ = run("umount -l \(mount)") }
        let log = try AuditLog(.init(path: mount + "/audit.jsonl", onFull: .drop))
        for number in 0..<1000 {
            log.append(LogFixture.cascade(number))
            if number % 100 == 0 { log.flush() }
        }
        log.stop()
        #expect(log.dropped > 0 && log.written > 0)
        #expect(AuditVerifier.verify(mount + "/audit.jsonl", head: log.head).exitCode == 0)
    }
}
