package import Bytes
package import Commands
import Config
import EventLoop
package import RESP

/// A request too large to gather: its bytes pass by, and of its arguments only what can be a name is kept.
///
/// Values are never held. Short arguments are kept too, since options such as NX decide what a command does.
package struct StreamedRequest: ~Copyable {
    package enum Progress {
        /// The request ends after so many of the bytes.
        case complete(Int)
        /// All bytes belong to it, and more to come.
        case partial
        /// The bytes are no request; Redis will say so.
        case failed
    }

    private enum Phase { case header, body(left: Int, kept: Int) }

    /// Arguments of more bytes are cut: longer names carry no tags.
    private static let longestName = 4097
    /// Arguments that are surely no keys are kept up to this length.
    private static let longestOption = 32

    /// What is kept of the arguments, one after the other.
    package private(set) var kept = ByteBuffer()
    package private(set) var arguments = ArgumentList()
    private let facts: CommandFacts
    private var missing: Int
    private var phase = Phase.header
    private var header: [UInt8] = []
    private let bulkLimit: Int

    /// Begins with what a scanner has found so far in `bytes`.
    package init(
        _ scanner: borrowing RequestScanner, _ bytes: Span<UInt8>, _ facts: CommandFacts, bulkLimit: Int
    ) {
        self.facts = facts
        self.bulkLimit = bulkLimit
        missing = scanner.missing ?? 0
        let found = scanner.arguments.span
        for index in found.indices {
            let view = found[index].view(in: bytes)
            let count = min(view.count, Self.longestName)
            arguments.append(Argument(offset: kept.count, count: count))
            kept.append(view.extracting(0..<count))
        }
    }

    /// Follows the request through more of its bytes.
    package mutating func feed(_ bytes: Span<UInt8>) -> Progress {
        var index = 0
        while missing > 0 {
            guard index < bytes.count else { return .partial }
            switch phase {
            case .header:
                guard takeHeader(bytes, &index) else { return .failed }
            case .body(let left, let keeps):
                takeBody(bytes, &index, left, keeps)
            }
        }
        return .complete(index)
    }

    /// Reads on in `$<length>\r\n`; false if it is something else.
    private mutating func takeHeader(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        while index < bytes.count {
            header.append(bytes[index])
            index += 1
            guard header.count >= 2, header[header.count - 2] == ASCII.carriageReturn else {
                if header.count > 64 { return false }
                continue
            }
            guard header[0] == ASCII.dollar,
                let length = ASCII.integer(header.span.extracting(1..<(header.count - 2))), length >= 0,
                length <= bulkLimit
            else { return false }
            header.removeAll(keepingCapacity: true)
            let keeps = min(length, mayBeKey(arguments.count) ? Self.longestName : Self.longestOption)
            let count = keeps == length || mayBeKey(arguments.count) ? keeps : 0
            arguments.append(Argument(offset: kept.count, count: count))
            phase = .body(left: length + 2, kept: count)
            return true
        }
        return true
    }

    private mutating func takeBody(_ bytes: Span<UInt8>, _ index: inout Int, _ left: Int, _ keeps: Int) {
        let available = min(left, bytes.count - index)
        let wanted = min(keeps, available)
        if wanted > 0 { kept.append(bytes.extracting(index..<(index + wanted))) }
        index += available
        if left == available {
            phase = .header
            missing -= 1
        } else {
            phase = .body(left: left - available, kept: keeps - wanted)
        }
    }

    private func mayBeKey(_ index: Int) -> Bool {
        if facts.needsSlowKeys { return true }
        let first = Int(facts.firstKey)
        guard first > 0, index >= first else { return false }
        let last = Int(facts.lastKey)
        if last >= 0, index > last { return false }
        return (index - first) % max(1, Int(facts.step)) == 0
    }
}

extension Session {
    /// Moves to a pinned link and lets the request flow through it.
    func beginStreaming(_ bytes: Span<UInt8>, _ scanner: borrowing RequestScanner) {
        guard isPinned || isIdleOrWaits() else { return }
        let facts = worker.commands.lookup(bytes, scanner.arguments.span)
        if worker.denies(facts) || (facts.behaviour == .script && worker.settings.scripts == .deny) {
            guard isIdleOrWaits() else { return }
            answer(Refusal.denied(worker.name(of: facts).text).span)
            return finish()
        }
        guard passesByName(facts) else { return becomeOpaqueStreaming() }
        pin([.streaming])
        streamedFacts = facts
        streamed = StreamedRequest(scanner, bytes, facts, bulkLimit: worker.settings.protoMaxBulkLen)
        streamedScanned = scanner.scanned
    }

    /// Whether following the names in the request is all that there is to do.
    ///
    /// Commands that change the connection are short; one that is not is passed on with everything after it.
    private func passesByName(_ facts: CommandFacts) -> Bool {
        switch facts.behaviour {
        case .plain, .script, .block, .blockIfAsked, .move, .unknown, .scan, .keys, .randomKey, .flush,
            .swapDb:
            true
        default: false
        }
    }

    private func becomeOpaqueStreaming() {
        if let transaction {
            transaction.endsObservation = true
            guard isIdleOrWaits() else { return }
        }
        guard isIdleOrWaits() else { return }
        pin([.administration]).becomeOpaque()
        transaction = nil
        worker.tally.opaqueSessions &+= 1
    }

    /// Whether the large request would write a key of the index; its last bytes are not sent then.
    private func writesIndex(_ request: borrowing StreamedRequest) -> Bool {
        guard streamedFacts.flags.contains(.write) || streamedFacts.behaviour == .script else { return false }
        let view = Request(request.kept.span, request.arguments.span, streamedFacts, isCanonical: true)
        if case .reserved = concern(of: view) { return true }
        return false
    }

    /// Passes on the bytes of the large request and returns how many they are.
    func continueStreaming(_ bytes: Span<UInt8>) -> Int {
        guard let link else { return bytes.count }
        if link.isCongested {
            wait = .link
            link.notifyWhenDrained(self)
            return 0
        }
        let skipped = streamedScanned
        streamedScanned = 0
        switch streamed?.feed(bytes.extracting(skipped..<bytes.count)) ?? .failed {
        case .partial:
            link.send(bytes)
            return bytes.count
        case .failed:
            link.send(bytes)
            link.becomeOpaque()
            streamed = nil
            return bytes.count
        case .complete(let count):
            guard let request = streamed.take() else { return bytes.count }
            if writesIndex(request) {
                worker.tally.reservedRefusals &+= 1
                close()
                return bytes.count
            }
            link.send(bytes.extracting(0..<(skipped + count)))
            endStreaming(request, link)
            return skipped + count
        }
    }

    /// The whole request is sent: from here on it is a request like any other.
    private func endStreaming(_ request: consuming StreamedRequest, _ link: Link) {
        pinReasons.remove(.streaming)
        let view = Request(request.kept.span, request.arguments.span, streamedFacts, isCanonical: true)
        var task: ReplyTask?
        var follows: Mutation?
        if streamedFacts.flags.contains(.write) || streamedFacts.behaviour == .script {
            if case .nothing = concern(of: view) {
            } else {
                let may = mayRideAlong(on: link)
                follows = mutation(for: view, ridesAlong: may)
                task = follows
                if let transaction {
                    task = QueuedTask(follows.map { .mutation($0) } ?? .plain, in: transaction)
                }
                if !may { follows = nil }
            }
        }
        if task == nil, let transaction { task = QueuedTask(.plain, in: transaction) }
        link.expect(self, task)
        inFlight += 1
        follows?.follow(on: link)
    }
}
