import Bytes
import TestSupport
import Testing

@testable import Store

/// What the disk changes or cuts off is never lost in silence.
@Suite("The store's files lose what was in them")
struct StoreLossTests {
    private static let suffixes = ["", "-wal", CommitCount.suffix]
    private static let count = 300
    private static func item(_ number: Int64) -> StoredItem {
        .sample(number, due: number, content: "work \(number) of some length")
    }

    /// The files of a store with 300 items, as a killed process leaves them, or one that ended in order.
    private func files(killed: Bool) throws -> [String: [UInt8]] {
        let stage = try StoreStage()
        let store = stage.open()
        for number in 1...Self.count { #expect(store.put([Self.item(Int64(number))])) }
        _ = try store.countsNow()
        func read() throws -> [String: [UInt8]] {
            var files: [String: [UInt8]] = [:]
            for suffix in Self.suffixes where FileSystem.exists(stage.path + suffix) {
                files[suffix] = try FileSystem.read(stage.path + suffix)
            }
            return files
        }
        if killed {
            defer { store.stop() }
            return try read()
        }
        store.stop()
        return try read()
    }

    /// Opens files and says which items are not as they were although nobody was told.
    private func silentLosses(_ files: [String: [UInt8]]) throws -> [Int64] {
        let stage = try StoreStage()
        for (suffix, bytes) in files { try FileBytes.write(bytes, to: stage.path + suffix) }
        let store = stage.open()
        let found = try store.loadNow(.init(order: .number, limit: 10_000))
        store.stop()
        let isTold = stage.events.contains {
            if case .setAside(_, _, _, let lost) = $0 { lost != 0 } else { false }
        }
        var missing = Set((1...Int64(Self.count)))
        for item in found {
            // One without content is told when it is decoded.
            guard item.content.isEmpty || item == Self.item(item.number) else {
                if isTold { continue }
                return [item.number]
            }
            missing.remove(item.number)
        }
        return isTold || found.contains { $0.content.isEmpty } ? [] : missing.sorted()
    }

    @Test(
        "fault 205: bits that have changed in any file are noticed, or change nothing",
        arguments: [true, false])
    func flips(_ killed: Bool) throws {
        let whole = try files(killed: killed)
        #expect(try silentLosses(whole).isEmpty)
        var seed = Seed.ofThisRun()
        for round in 0..<120 {
            var files = whole
            let suffix = files.keys.sorted()[round % files.count]
            for _ in 0...Int.random(in: 0..<3, using: &seed) {
                let place = Int.random(in: 0..<files[suffix]!.count, using: &seed)
                files[suffix]![place] ^= 1 << UInt8.random(in: 0..<8, using: &seed)
            }
            let lost = try silentLosses(files)
            #expect(lost.isEmpty, "round \(round), '\(suffix)', \(seed)")
        }
    }

    @Test("fault 205: files that were cut off, emptied or removed are noticed", arguments: [true, false])
    func cuts(_ killed: Bool) throws {
        let whole = try files(killed: killed)
        var seed = Seed.ofThisRun()
        for suffix in ["", "-wal"] {
            guard let bytes = whole[suffix] else { continue }
            for length in [0] + (0..<12).map({ _ in Int.random(in: 0..<bytes.count, using: &seed) }) {
                var files = whole
                files[suffix] = Array(bytes[..<length])
                #expect(try silentLosses(files).isEmpty, "'\(suffix)' of \(length) bytes, \(seed)")
            }
            var files = whole
            files[suffix] = nil
            #expect(try silentLosses(files).isEmpty, "'\(suffix)' removed")
        }
    }

    @Test("fault 205: what is told is how many were lost, and the log is kept as it was found")
    func told() throws {
        var files = try files(killed: true)
        let log = try #require(files["-wal"])
        files["-wal"]![log.count / 2] ^= 1
        let stage = try StoreStage()
        for (suffix, bytes) in files { try FileBytes.write(bytes, to: stage.path + suffix) }
        let store = stage.open()
        let kept = try store.loadNow(.init(order: .number, limit: 10_000)).count
        store.stop()
        let event = try #require(stage.events.first { if case .setAside = $0 { true } else { false } })
        guard case .setAside(let path, let reason, let rescued, let lost) = event else { return }
        #expect(rescued == kept && lost == Self.count - kept && kept < Self.count)
        #expect(reason.contains("write-ahead log"))
        #expect(try FileSystem.read(path + "-wal") == files["-wal"])
    }

    @Test("a file of the first format is read, and its rows are checked from their next change on")
    func firstFormat() throws {
        let stage = try StoreStage()
        let old = try SQLiteConnection(path: stage.path)
        try old.execute(
            """
            CREATE TABLE item (number INTEGER PRIMARY KEY, state INTEGER NOT NULL, due INTEGER NOT NULL,
                merge BLOB NOT NULL, rule BLOB NOT NULL, content BLOB NOT NULL);
            CREATE INDEX item_due ON item (state, due, number);
            CREATE INDEX item_merge ON item (merge, number) WHERE length(merge) > 0;
            CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            PRAGMA application_id = 1179800392;
            PRAGMA user_version = 1;
            INSERT INTO item VALUES (7, 0, 3, x'', x'', x'616263');
            """)
        old.close()
        let store = stage.open()
        #expect(
            try store.loadNow(.init(limit: 10)) == [.sample(7, due: 3, content: "abc")])
        try store.putNow([.sample(8)])
        store.stop()
        #expect(stage.asidePath == nil)
        let again = stage.open()
        #expect(try again.countsNow().total == 2)
        again.stop()
    }
}
