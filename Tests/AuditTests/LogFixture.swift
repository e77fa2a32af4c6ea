import Bytes
import FoundationEssentials
import Testing

@testable import Audit

/// A directory of its own for one log, removed in the end.
final class LogFixture {
    let directory: String
    var path: String { directory + "/audit.jsonl" }

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/freshet-audit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func log(
        maxBytes: Int64 = 1 << 20, retain: Int = 100, queueLimit: Int = 1000,
        onFull: AuditLog.OverflowPolicy = .drop,
        keys: AuditLog.KeyPolicy = .plain, targetLimit: Int = 1000
    ) throws -> AuditLog {
        try AuditLog(
            .init(
                path: path, maxBytes: maxBytes, retain: retain, queueLimit: queueLimit, onFull: onFull,
                keys: keys,
                targetLimit: targetLimit))
    }

    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    func bytes(_ name: String = "audit.jsonl") throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: directory + "/" + name)))
    }

    func write(_ bytes: [UInt8], _ name: String = "audit.jsonl") throws {
        try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
    }

    func lines(_ name: String = "audit.jsonl") throws -> [String] {
        try bytes(name).split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
    }

    func entries() throws -> [AuditEntry] {
        var entries: [AuditEntry] = []
        try AuditReader(path: path).forEach { entry in
            entries.append(entry)
            return true
        }
        return entries
    }

    /// A cascade as the proxy reports it: a price was set, and a page and its list were built from it.
    static func cascade(_ number: Int = 42) -> AuditRecord {
        var record = AuditRecord(.cascade)
        record.actor = AuditActor(
            user: "app", address: "10.0.0.5:5123", connection: 7, name: "web-1", library: "redis-py")
        record.command = "SET"
        record.database = 0
        record.key = ByteString("product:\(number):price")
        record.cause = "mutation"
        record.targets = [
            .init(
                key: ByteString("page:en:product:\(number)"), depth: 1,
                from: ByteString("product:\(number):price"),
                why: "depend page:{lang}:product:{id} on product:{id}:price", line: "proxy.conf:31",
                via: .index),
            .init(
                key: "list:en", depth: 2, from: ByteString("page:en:product:\(number)"),
                why: "depend list:{lang} on page:{lang}:product:{id}", line: "proxy.conf:32", via: .computed),
        ]
        record.deleted = 2
        record.outcome = .done
        record.durationMicroseconds = 180
        return record
    }
}

/// Waits until `condition` holds; an issue is recorded when it does not within a minute.
func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(60)
    while clock.now < deadline {
        if try condition() { return }
        await Task.yield()
    }
    if try condition() { return }
    Issue.record("not within a minute: \(what)")
}
