import Bytes
import TestSupport
import Testing

@testable import Store

@Suite("The store's disk and file fail")
struct StoreFaultTests {
    private static let content = String(repeating: "work of some length ", count: 10)

    /// Fills a store and returns the files as they are while it is open: what a killed process leaves.
    private func leftFiles(items: ClosedRange<Int64>, in stage: StoreStage) throws -> StoreStage {
        let store = stage.open()
        for number in items { #expect(store.put([.sample(number, content: Self.content)])) }
        _ = try store.countsNow()
        let copy = try StoreStage()
        for suffix in ["", "-wal"] {
            try copyFile(stage.path + suffix, to: copy.path + suffix)
        }
        store.stop()
        return copy
    }

    private func copyFile(_ path: String, to target: String) throws {
        try FileBytes.write(try FileSystem.read(path), to: target)
    }

    @Test("what was committed survives a process that ends without closing")
    func killed() throws {
        let left = try leftFiles(items: 1...1000, in: StoreStage())
        let store = left.open()
        #expect(try store.countsNow().total == 1000)
        store.stop()
    }

    @Test("a log that was torn anywhere gives what was committed before, in order", arguments: 0..<6)
    func tornLog(_ round: Int) throws {
        var seed = Seed.ofThisRun().derived(round)
        let left = try leftFiles(items: 1...300, in: StoreStage())
        let log = try FileSystem.read(left.path + "-wal")
        let length = Int.random(in: 0..<log.count, using: &seed)
        try FileBytes.write(Array(log[..<length]), to: left.path + "-wal")
        let store = left.open()
        let numbers = try store.loadNow(.init(order: .number, limit: 1000)).map(\.number)
        #expect(numbers == Array(1...300).prefix(numbers.count).map(Int64.init), "\(seed)")
        try store.putNow([.sample(1000)])
        store.stop()
    }

    @Test("a damaged page costs the rows on it; the file is set aside, and all others are kept")
    func damagedPage() throws {
        let stage = try StoreStage()
        let store = stage.open()
        try store.putNow((1...2000).map { .sample($0, content: Self.content) })
        store.stop()
        try FileBytes.overwrite(stage.path, at: 4096 * 40, with: [UInt8](repeating: 0xa5, count: 4096))
        let again = stage.open()
        let kept = try again.loadNow(.init(order: .number, limit: 5000)).map(\.number)
        #expect(kept.count > 1500 && kept.count < 2000)
        #expect(stage.rescued == kept.count)
        #expect(kept.contains(1) && kept.contains(2000))
        #expect(stage.asidePath.map(FileSystem.exists) == true)
        again.stop()
    }

    @Test("a page that turns bad while the file is open is noticed when it is read")
    func damagedLater() throws {
        let stage = try StoreStage()
        let store = stage.open()
        try store.putNow((1...20_000).map { .sample($0, content: Self.content) })
        store.stop()
        let again = stage.open()
        #expect(try again.countsNow().total == 20_000)
        for page in stride(from: 100, to: 1000, by: 50) {
            try FileBytes.overwrite(stage.path, at: 4096 * page, with: [UInt8](repeating: 7, count: 4096))
        }
        let kept = try again.loadNow(.init(order: .number, limit: 50_000)).count
        #expect(kept > 10_000 && kept < 20_000)
        #expect(stage.rescued == kept)
        try again.putNow([.sample(30_000)])
        again.stop()
    }

    @Test("a file of somebody else is set aside and left as it is", arguments: ["text", "database", "newer"])
    func foreign(_ kind: String) throws {
        let stage = try StoreStage()
        if kind == "text" {
            try FileSystem.write(
                String(repeating: "this is no database at all\n", count: 500), to: stage.path)
        } else {
            let other = try SQLiteConnection(path: stage.path)
            try other.execute("CREATE TABLE item (number INTEGER); INSERT INTO item VALUES (1)")
            if kind == "newer" {
                try other.execute("PRAGMA application_id = 1179800392; PRAGMA user_version = 99")
            }
            other.close()
        }
        let bytes = try FileSystem.read(stage.path)
        let store = stage.open()
        try store.putNow([.sample(1)])
        #expect(stage.rescued == 0)
        let aside = try #require(stage.asidePath)
        #expect(try FileSystem.read(aside) == bytes)
        store.stop()
    }

    @Test("the first page gone: the file is set aside, and work goes on in a new one")
    func noHeader() throws {
        let stage = try StoreStage()
        let store = stage.open()
        try store.putNow((1...100).map { .sample($0) })
        store.stop()
        try FileBytes.overwrite(stage.path, at: 0, with: [UInt8](repeating: 0, count: 4096))
        let again = stage.open()
        try again.putNow([.sample(5)])
        #expect(try again.countsNow().total == 1)
        again.stop()
    }

    @Test(
        "a full disk makes operations wait; with room again they are done", .enabled(if: SmallDisk.canMount))
    func fullDisk() throws {
        let stage = try StoreStage()
        let disk = try SmallDisk(kilobytes: 2048)
        let store = stage.open(in: disk.path)
        try store.putNow([.sample(1)])
        try disk.fill()
        let told = Told()
        for number in 2...200 {
            #expect(store.put([.sample(Int64(number), content: Self.content)]) { told.note($0) })
        }
        try stage.waitFor("that the disk fails") { if case .failed = $0 { true } else { false } }
        try disk.makeRoom()
        try stage.waitFor("that it works again") { $0 == .recovered }
        #expect(try store.countsNow().total == 200)
        #expect(told.count == 199 && told.failures.isEmpty)
        #expect(stage.asidePath == nil)
        // It is open all the time, and works only when a commit has succeeded.
        #expect(stage.events.count { $0 == .recovered } == 1)
        #expect(stage.events.count { if case .failed = $0 { true } else { false } } == 1)
        store.stop()
    }

    @Test(
        "fault 204: a disk that is full from the start is waited for, ever more rarely",
        .enabled(if: SmallDisk.canMount))
    func fullFromStart() throws {
        let stage = try StoreStage()
        let disk = try SmallDisk(kilobytes: 1024)
        try disk.fill()
        let store = stage.open(in: disk.path + "/state")
        #expect(store.put([.sample(1)]))
        try stage.waitFor("that the disk fails") { if case .failed = $0 { true } else { false } }
        #expect(!stage.events.contains(.recovered))
        try disk.makeRoom()
        try stage.waitFor("that it works again") { $0 == .recovered }
        #expect(try store.countsNow().total == 1)
        #expect(stage.events.count { if case .failed = $0 { true } else { false } } == 1)
        store.stop()
    }

    @Test(
        "a read-only disk makes operations wait; once it is writable they are done",
        .enabled(if: SmallDisk.canMount))
    func readOnly() throws {
        let stage = try StoreStage()
        let disk = try SmallDisk(kilobytes: 2048)
        try disk.setReadOnly(true)
        let store = stage.open(in: disk.path)
        #expect(store.put([.sample(1)]))
        try stage.waitFor("that the disk fails") { if case .failed = $0 { true } else { false } }
        try disk.setReadOnly(false)
        #expect(try store.countsNow().total == 1)
        store.stop()
    }

    @Test("a directory that is missing is waited for; what it did not take by the end fails")
    func missingDirectory() throws {
        let stage = try StoreStage()
        let store = stage.open(in: stage.directory.path + "/none/at/all")
        let told = Told()
        #expect(store.put([.sample(1)]) { told.note($0) })
        try stage.waitFor("that the disk fails") { if case .failed = $0 { true } else { false } }
        store.stop()
        #expect(told.failures.count == 1)
    }
}
