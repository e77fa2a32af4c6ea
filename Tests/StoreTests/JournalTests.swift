import Bytes
import Synchronization
import TestSupport
import Testing

@testable import Store

@Suite("The journal of intents")
struct JournalTests {
    private func journal(
        _ directory: TemporaryDirectory, _ durability: Durability = .everySecond, byteLimit: Int = 64 << 20,
        worker: Int = 0, onEvent: @escaping (IntentJournal.Event) -> Void = { _ in },
        onSynced: @escaping @Sendable (UInt64, FileError?) -> Void = { _, _ in }
    ) throws -> IntentJournal {
        try IntentJournal(
            .init(directory: directory.path, worker: worker, durability: durability, byteLimit: byteLimit),
            onEvent: onEvent, onSynced: onSynced)
    }

    private func adopted(_ directory: TemporaryDirectory) -> [String] {
        let (journals, problems) = AbandonedJournals.adopt(in: directory.path)
        #expect(problems.isEmpty)
        return journals.flatMap(\.intents).map { String(decoding: $0, as: UTF8.self) }
    }

    private func note(_ text: String, in journal: IntentJournal) throws -> IntentJournal.Ticket {
        try #require(journal.note { $0.append(Array(text.utf8)) })
    }

    @Test("what is written and not done is found by the next process, in order")
    func carries() throws {
        let directory = try TemporaryDirectory()
        let journal = try journal(directory)
        let tickets = try (0..<10).map { try note("intent \($0)", in: journal) }
        journal.write()
        for number in stride(from: 0, to: 10, by: 2) { journal.release(tickets[number]) }
        journal.write()
        #expect(journal.openCount == 5)
        #expect(adopted(directory).isEmpty, "the owner lives")
        journal.close()
        #expect(adopted(directory) == [1, 3, 5, 7, 9].map { "intent \($0)" })
    }

    @Test("an intent is done when everybody who holds it has released it")
    func holders() throws {
        let directory = try TemporaryDirectory()
        let journal = try journal(directory)
        let ticket = try note("held", in: journal)
        journal.retain(ticket)
        journal.release(ticket)
        #expect(journal.openCount == 1)
        journal.release(ticket)
        #expect(journal.openCount == 0)
        journal.close()
        #expect(FileSystem.names(in: directory.path).isEmpty)
    }

    @Test("files rotate and go when they are done; what stays open is carried along, within the limit")
    func rotation() throws {
        let directory = try TemporaryDirectory()
        let limit = 1 << 20
        let journal = try journal(directory, byteLimit: limit)
        let stuck = try (0..<20).map { try note("stuck \($0)", in: journal) }
        let text = String(repeating: "y", count: 500)
        for round in 0..<20_000 {
            let ticket = try note("\(round) \(text)", in: journal)
            journal.write()
            journal.release(ticket)
        }
        #expect(journal.byteCount <= limit + limit / 4)
        #expect(FileSystem.names(in: directory.path).count <= 5)
        #expect(journal.openCount == 20 && journal.missed == 0)
        _ = stuck
        journal.close()
        #expect(adopted(directory) == (0..<20).map { "stuck \($0)" })
    }

    @Test("beyond half of the limit intents are missed and counted, not kept in memory")
    func limit() throws {
        let directory = try TemporaryDirectory()
        let journal = try journal(directory, byteLimit: 1 << 20)
        let text = Array(repeating: UInt8(ascii: "z"), count: 10_000)
        var noted = 0
        for _ in 0..<100 where journal.note({ $0.append(text) }) != nil {
            noted += 1
            journal.write()
        }
        #expect(noted >= 50 && noted <= 53)
        #expect(journal.missed == UInt64(100 - noted))
        #expect(journal.note { $0.append([UInt8](repeating: 1, count: 2 << 20)) } == nil)
        journal.close()
    }

    @Test("journals of several workers and processes are adopted each by itself")
    func manyJournals() throws {
        let directory = try TemporaryDirectory()
        let journals = try (0..<4).map { try journal(directory, worker: $0) }
        for (number, journal) in journals.enumerated() {
            _ = try note("of worker \(number)", in: journal)
            journal.write()
        }
        journals[1].close()
        journals[3].close()
        let (found, _) = AbandonedJournals.adopt(in: directory.path)
        let texts = found.flatMap(\.intents).map { String(decoding: $0, as: UTF8.self) }
        #expect(texts.sorted() == ["of worker 1", "of worker 3"])
        #expect(adopted(directory).isEmpty, "what is adopted is locked until it is removed")
        for journal in found { journal.remove() }
        #expect(FileSystem.names(in: directory.path).count == 2)
        journals[0].close()
        journals[2].close()
    }

    @Test("always tells of each batch when the disk has it")
    func always() throws {
        let directory = try TemporaryDirectory()
        let place = Place()
        let journal = try journal(
            directory, .always,
            onSynced: { batch, error in
                #expect(error == nil)
                place.set(batch)
            })
        for number in 0..<20 {
            let ticket = try note("\(number)", in: journal)
            let batch = journal.batch(of: ticket)
            journal.write()
            try waitUntil("batch \(batch) is on the disk") { place.value >= batch }
            journal.release(ticket)
        }
        journal.close()
    }

    @Test("what was lost with a failed sync is written again, into a new file")
    func failedSync() throws {
        let directory = try TemporaryDirectory()
        let events = Events()
        let journal = try journal(directory, onEvent: { events.note($0) })
        _ = try note("before", in: journal)
        journal.write()
        _ = try note("gathered", in: journal)
        journal.syncFailed(FileError("sync", "somewhere"))
        try waitUntil("the journal works again") {
            journal.write()
            return !journal.isFailing
        }
        _ = try note("after", in: journal)
        journal.close()
        #expect(adopted(directory) == ["before", "gathered", "after"])
        #expect(events.all.last == .recovered)
    }

    @Test(
        "a full disk does not stop notes; with room again all that is open is there",
        .enabled(if: SmallDisk.canMount))
    func fullDisk() throws {
        let disk = try SmallDisk(kilobytes: 1024)
        let events = Events()
        let journal = try IntentJournal(
            .init(directory: disk.path, worker: 0, durability: .never, byteLimit: 1 << 20),
            onEvent: { events.note($0) }, onSynced: { _, _ in })
        try disk.fill()
        let text = String(repeating: "f", count: 1000)
        for number in 0..<400 {
            _ = journal.note { $0.append(Array("\(number) \(text)".utf8)) }
            journal.write()
        }
        #expect(events.all.count == 1 && events.all != [.recovered])
        #expect(journal.missed > 0)
        try disk.makeRoom()
        try waitUntil("the journal works again") {
            journal.write()
            return !journal.isFailing
        }
        let open = journal.openCount
        journal.close()
        let (found, _) = AbandonedJournals.adopt(in: disk.path)
        #expect(found.flatMap(\.intents).count == open)
    }
}

/// The last value that another thread has told.
private final class Place: Sendable {
    private let last = Mutex<UInt64>(0)
    func set(_ value: UInt64) { last.withLock { $0 = max($0, value) } }
    var value: UInt64 { last.withLock { $0 } }
}

/// What a journal has told.
private final class Events {
    private(set) var all: [IntentJournal.Event] = []
    func note(_ event: IntentJournal.Event) { all.append(event) }

    @Test("fault 206: a file that was done with and removed while it was synced is not missed")
    func removedWhileSynced() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/intents-1-w0-000000"
        let told = SyncTold()
        let sync = JournalSync(directory.path, isUrgent: true) { told.note($0, $1) }
        let segment = try JournalSegment.create(path: path, header: [1], byteCount: 4096)
        segment.remove()
        sync.written(segment, batch: 1)
        try waitUntil("batch 1 is on the disk") { told.errors[1] != nil }
        #expect(told.errors[1] == "")
        // A file that somebody else has removed is one that nobody will find.
        let other = try JournalSegment.create(path: path, header: [1], byteCount: 4096)
        try FileBytes.remove(path)
        sync.written(other, batch: 2)
        try waitUntil("batch 2 is told of") { told.errors[2] != nil }
        #expect(told.errors[2]?.contains("No such file") == true)
        sync.stop()
    }
}

/// What a sync has told of each batch: why it failed, or nothing.
private final class SyncTold: Sendable {
    private let told = Mutex<[UInt64: String]>([:])

    func note(_ batch: UInt64, _ error: FileError?) { told.withLock { $0[batch] = error?.description ?? "" } }

    var errors: [UInt64: String] { told.withLock { $0 } }
}
