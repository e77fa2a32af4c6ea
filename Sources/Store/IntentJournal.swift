public import Bytes

/// What one loop's writes owe, on disk before the writes leave: an append-only journal in several files.
///
/// `note` gathers; `write` puts all that has gathered into the file with one system call, and must come
/// before the bytes of those writes are sent. From then on the intents survive the process; `JournalSync`
/// makes them survive the machine. An intent is done when everybody who retained it has released it; that is
/// noted too, in passing, so that a restart repeats no more than it must. Confined to one thread.
///
///     note ─► batch ─► write ─► current file ─► next file when it is full
///     release ─► "done" in a later batch         the oldest file goes when all before it and in it are done
public final class IntentJournal {
    public struct Options: Sendable {
        public var directory: String
        /// Tells files of several journals of one process apart, for people.
        public var worker: Int
        public var durability: Durability
        /// Bytes that all files of this journal may take together.
        public var byteLimit: Int

        public init(directory: String, worker: Int, durability: Durability, byteLimit: Int = 64 << 20) {
            self.directory = directory
            self.worker = worker
            self.durability = durability
            self.byteLimit = byteLimit
        }

        /// The size from which on a file is full.
        var segmentBytes: Int { min(4 << 20, byteLimit / 4) }
    }

    /// Names an open intent.
    public struct Ticket: Sendable, Hashable {
        let place: Int32
        /// The intent's own number, since places are used again.
        let number: UInt64
    }

    /// Whether intents reach the disk.
    public enum Event: Sendable, Equatable { case failed(reason: String), recovered }

    private struct Slot {
        var number: UInt64 = 0
        /// The file that has it, counted from the journal's beginning.
        var segment = 0
        var offset = 0
        var length: Int32 = 0
        var holders: Int32 = 0
        /// The `write` with which it reaches the file.
        var batch: UInt64 = 0
    }

    /// Bytes that may wait for a disk that takes nothing.
    private static let mostUnwritten = 1 << 20
    /// When to ask a disk again that takes nothing: at first soon, then ever more seldom.
    private static let retryMilliseconds: ClosedRange<UInt64> = 200...3200

    private let options: Options
    private let checksum = CRC32()
    private let identity = UInt64.random(in: .min ... .max)
    private let onEvent: (Event) -> Void
    private let sync: JournalSync?
    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var nextNumber: UInt64 = 1
    private var batch = ByteBuffer()
    /// The number of the next `write`.
    private var batchNumber: UInt64 = 1
    private var files: [(segment: JournalSegment, open: Int)] = []
    /// The number of the first of `files`.
    private var firstFile = 0
    private var end = 0
    private var openBytes = 0
    /// Whether the disk did not take what was written last.
    public private(set) var isFailing = false
    /// Whether the file that is written can no longer be trusted.
    private var mustRenew = false
    private var nextAttempt: UInt64 = 0
    private var retry = IntentJournal.retryMilliseconds.lowerBound
    /// Intents in the batch that are not counted as missed.
    private var gathered: UInt64 = 0

    /// Intents that nobody has released yet.
    public private(set) var openCount = 0
    /// Intents noted, and those among all that were not on file when their writes left.
    public private(set) var noted: UInt64 = 0, missed: UInt64 = 0
    /// How often an intent was retained or released that nobody held any more: a mistake of whoever did.
    public private(set) var strayTickets = 0
    /// Whether the batch holds intents, so that `write` must come before anything is sent.
    public private(set) var mustWrite = false

    /// Makes the first file; throws where the directory takes none.
    ///
    /// `onSynced` is called on another thread with the number of the last batch that is on the disk itself,
    /// and what kept later ones from it.
    public init(
        _ options: Options, onEvent: @escaping (Event) -> Void,
        onSynced: @escaping @Sendable (UInt64, FileError?) -> Void
    ) throws(FileError) {
        self.options = options
        self.onEvent = onEvent
        sync =
            options.durability == .never
            ? nil : JournalSync(options.directory, isUrgent: options.durability == .always, onSynced)
        try addFile()
    }

    /// Bytes that the files take.
    public var byteCount: Int { files.count * options.segmentBytes + max(0, end - options.segmentBytes) }

    /// Whether what is released or gathered waits for a `write`.
    public var hasUnwritten: Bool { !batch.isEmpty }

    // MARK: Intents

    /// Gathers an intent, held by the caller; nil when there is no room for more, which is counted.
    public func note(_ encode: (inout ByteBuffer) -> Void) -> Ticket? {
        guard batch.count < Self.mostUnwritten || !isFailing, openBytes < options.byteLimit / 2 else {
            return miss()
        }
        beginBatch()
        let start = batch.count
        batch.append(JournalFormat.intent)
        batch.append(number: nextNumber)
        // A length of four bytes, whatever it is, so that it can be filled in afterwards.
        let lengthPlace = batch.count
        batch.append("\0\0\0\0" as StaticString)
        encode(&batch)
        let length = batch.count - lengthPlace - 4
        guard length < 1 << 28, openBytes + length <= options.byteLimit / 2 else {
            batch.truncate(to: start)
            return miss()
        }
        batch.store(Self.fourByteNumber(length), at: lengthPlace)
        return open(length: batch.count - start, offset: end + start)
    }

    /// LEB128 with continuation bits that a shorter number would not need.
    private static func fourByteNumber(_ number: Int) -> UInt32 {
        var word: UInt32 = 0
        for place in 0..<4 {
            let bits = UInt32(truncatingIfNeeded: number >> (7 * place)) & 0x7f
            word |= (place < 3 ? bits | 0x80 : bits) << UInt32(8 * place)
        }
        return word
    }

    private func miss() -> Ticket? {
        missed &+= 1
        return nil
    }

    private func open(length: Int, offset: Int) -> Ticket {
        let place: Int32
        if let known = free.popLast() {
            place = known
        } else {
            place = Int32(slots.count)
            slots.append(Slot())
        }
        slots[Int(place)] = Slot(
            number: nextNumber, segment: firstFile + files.count - 1, offset: offset, length: Int32(length),
            holders: 1, batch: batchNumber)
        let number = nextNumber
        nextNumber &+= 1
        files[files.count - 1].open += 1
        openCount += 1
        openBytes += length
        noted &+= 1
        gathered &+= 1
        mustWrite = true
        return Ticket(place: place, number: number)
    }

    /// One more party must release the intent.
    public func retain(_ ticket: Ticket) {
        if isHeld(ticket) { slots[Int(ticket.place)].holders += 1 } else { strayTickets &+= 1 }
    }

    /// Whether somebody still holds the intent; its place may be another's by now.
    private func isHeld(_ ticket: Ticket) -> Bool {
        let slot = slots[Int(ticket.place)]
        return slot.holders > 0 && slot.number == ticket.number
    }

    /// One party has done its part; after the last the intent is done.
    public func release(_ ticket: Ticket) {
        guard isHeld(ticket) else {
            strayTickets &+= 1
            return
        }
        let place = Int(ticket.place)
        slots[place].holders -= 1
        guard slots[place].holders == 0 else { return }
        let slot = slots[place]
        beginBatch()
        batch.append(JournalFormat.done)
        batch.append(number: slot.number)
        free.append(ticket.place)
        openCount -= 1
        openBytes -= Int(slot.length)
        files[slot.segment - firstFile].open -= 1
        if files.count > 1 { removeFinished() }
    }

    /// The batch with which the intent reaches the disk, for `onSynced`.
    public func batch(of ticket: Ticket) -> UInt64 { slots[Int(ticket.place)].batch }

    // MARK: Writing

    private func beginBatch() {
        guard batch.isEmpty else { return }
        batch.append("\0\0\0\0\0\0\0\0\0\0\0\0" as StaticString)
    }

    /// Writes what has gathered; false when the disk did not take it, and it is kept for another attempt.
    ///
    /// A disk that takes nothing is asked again after a while only.
    @discardableResult
    public func write() -> Bool {
        mustWrite = false
        guard !batch.isEmpty else { return true }
        guard mayTry() else { return leavesUnwritten() }
        do throws(FileError) {
            if mustRenew { try renew() }
            JournalFormat.seal(&batch, identity, checksum)
            try files[files.count - 1].segment.write(batch.span, at: end)
        } catch {
            failing(error)
            return leavesUnwritten()
        }
        gathered = 0
        written()
        return true
    }

    /// The writes go on without their intents, until another attempt succeeds.
    private func leavesUnwritten() -> Bool {
        missed &+= gathered
        gathered = 0
        return false
    }

    private func written() {
        end += batch.count
        batch.consume(batch.count)
        if batch.allocatedByteCount > 1 << 18 { batch.release() }
        sync?.written(files[files.count - 1].segment, batch: batchNumber)
        batchNumber &+= 1
        if end >= options.segmentBytes {
            goOnInNextFile()
        } else {
            works()
        }
    }

    /// A full file is written on where no other can be made: its end is not the end of the disk.
    private func goOnInNextFile() {
        guard mayTry() else { return }
        do throws(FileError) {
            try addFile()
            works()
            removeFinished()
            if files.count * options.segmentBytes > options.byteLimit { carryOver() }
        } catch {
            failing(error)
        }
    }

    private func addFile() throws(FileError) {
        let number = firstFile + files.count
        let name = JournalName(journal: identity, worker: options.worker, number: number)
        let beginning = JournalFormat.beginning(identity, size: options.segmentBytes)
        let segment = try JournalSegment.create(
            path: "\(options.directory)/\(name)", header: beginning, byteCount: options.segmentBytes)
        files.append((segment, 0))
        end = beginning.count
    }

    /// Removes files from the oldest on, as long as nothing in them is open; not the one that is written.
    private func removeFinished() {
        while files.count > 1, files[0].open == 0, !isFailing {
            files.removeFirst().segment.remove()
            firstFile += 1
        }
    }

    /// Writes what is still open in the oldest file once more, into the newest, and removes it.
    private func carryOver() {
        gatherOpen(of: firstFile)
        if write() { removeFinished() }
    }

    /// Adds the open intents of a file to the batch.
    ///
    /// What the disk does not give back is missed from here on.
    private func gatherOpen(of file: Int) {
        let source = files[file - firstFile].segment
        for place in slots.indices where slots[place].holders > 0 && slots[place].segment == file {
            let length = Int(slots[place].length)
            let bytes = (try? source.read(length, at: slots[place].offset)) ?? []
            beginBatch()
            move(place, to: end + batch.count)
            if bytes.count == length, bytes.first == JournalFormat.intent {
                batch.append(bytes)
            } else if length > 0 {
                missed &+= 1
                openBytes -= length
                slots[place].length = 0
            }
        }
    }

    /// The intent is, or will be, in the newest file.
    private func move(_ place: Int, to offset: Int) {
        files[slots[place].segment - firstFile].open -= 1
        files[files.count - 1].open += 1
        slots[place].segment = firstFile + files.count - 1
        slots[place].offset = offset
        slots[place].batch = batchNumber
    }

    // MARK: When the disk fails

    /// What was written since the last success may be lost, whatever the kernel says next: all that is open
    /// is written again, into a new file.
    public func syncFailed(_ reason: FileError) {
        mustRenew = true
        failing(reason)
        beginBatch()
        write()
    }

    private func renew() throws(FileError) {
        let (old, oldEnd) = (files.count, end)
        try addFile()
        for place in slots.indices where slots[place].holders > 0 && slots[place].batch == batchNumber {
            move(place, to: slots[place].offset - oldEnd + end)
        }
        for file in firstFile..<firstFile + old { gatherOpen(of: file) }
        mustRenew = false
    }

    /// Whether it is time to ask the disk again.
    private func mayTry() -> Bool { !isFailing || WriteAheadLog.now() >= nextAttempt }

    private func failing(_ error: FileError) {
        if !isFailing { onEvent(.failed(reason: error.description)) }
        isFailing = true
        nextAttempt = WriteAheadLog.now() + retry
        retry = min(2 * retry, Self.retryMilliseconds.upperBound)
    }

    private func works() {
        guard isFailing else { return }
        isFailing = false
        retry = Self.retryMilliseconds.lowerBound
        onEvent(.recovered)
        removeFinished()
    }

    // MARK: The end

    /// Writes and syncs what has gathered; files without open intents are removed, others are left to whoever
    /// adopts them.
    public func close() {
        write()
        sync?.stop()
        removeFinished()
        if files.count == 1, files[0].open == 0 { files[0].segment.remove() }
        files = []
    }
}
