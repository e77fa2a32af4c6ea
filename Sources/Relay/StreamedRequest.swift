package import Bytes
package import Commands
import Config
import EventLoop
import Naming
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
        /// The bytes are no request, or one with more in it than may be kept.
        case failed(ProtocolError)
    }

    package struct Limits {
        var bulkBytes: Int
        var arguments: Int
        /// What may be kept of one request.
        var keptBytes: Int
        /// Longer arguments are cut.
        var longestName = Conventions.maxKeyBytes + 1

        package init(bulkBytes: Int, arguments: Int, keptBytes: Int) {
            self.bulkBytes = bulkBytes
            self.arguments = arguments
            self.keptBytes = keptBytes
        }
    }

    private enum Phase { case header, body(left: Int, kept: Int) }

    /// Arguments that are surely no keys are kept up to this length.
    private static let longestOption = 32

    /// What the client gets in place of a reply: Redis must not see the end of the request.
    var refusal: ByteString?
    /// Whether all but the last byte has been sent, which waits for what must precede the request.
    var holdsLastByte = false
    /// What is kept of the arguments, one after the other.
    package private(set) var kept = ByteBuffer()
    package private(set) var arguments = ArgumentList()
    private let facts: CommandFacts
    private var missing: Int
    private var phase = Phase.header
    private var header: [UInt8] = []
    private let limits: Limits
    /// Whether all that has come is as an encoder writes it.
    private(set) var isCanonical: Bool

    /// Begins with what a scanner has found so far in `bytes`.
    package init(
        _ scanner: borrowing RequestScanner, _ bytes: Span<UInt8>, _ facts: CommandFacts, _ limits: Limits
    ) {
        self.facts = facts
        self.limits = limits
        missing = scanner.missing ?? 0
        isCanonical = scanner.isCanonical
        let found = scanner.arguments.span
        for index in found.indices {
            let view = found[index].view(in: bytes)
            let count = min(view.count, limits.longestName)
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
                if let problem = problem ?? takeHeader(bytes, &index) { return .failed(problem) }
            case .body(let left, let keeps):
                takeBody(bytes, &index, left, keeps)
            }
        }
        return .complete(index)
    }

    /// What the request holds in memory.
    var keptByteCount: Int { kept.count + arguments.count * MemoryLayout<Argument>.stride }

    /// Which limit one more argument would exceed.
    private var problem: ProtocolError? {
        if arguments.count >= limits.arguments { return .tooManyArguments }
        return keptByteCount > limits.keptBytes ? .tooLarge : nil
    }

    /// Reads on in `$<length>\r\n`; what is wrong if it is something else, in Redis's words.
    private mutating func takeHeader(_ bytes: Span<UInt8>, _ index: inout Int) -> ProtocolError? {
        while index < bytes.count {
            header.append(bytes[index])
            index += 1
            guard header.count >= 2, header[header.count - 2] == ASCII.carriageReturn else {
                if header.count > RequestScanner.longestLine { return .tooBigBulkHeader }
                continue
            }
            if header[header.count - 1] != ASCII.lineFeed { isCanonical = false }
            guard header[0] == ASCII.dollar else { return .expectedDollar(found: header[0]) }
            guard let length = ASCII.integer(header.span.extracting(1..<(header.count - 2))), length >= 0,
                length <= limits.bulkBytes
            else { return .invalidBulkLength }
            header.removeAll(keepingCapacity: true)
            let keeps = min(length, mayBeKey(arguments.count) ? limits.longestName : Self.longestOption)
            let count = keeps == length || mayBeKey(arguments.count) ? keeps : 0
            arguments.append(Argument(offset: kept.count, count: count))
            phase = .body(left: length + 2, kept: count)
            return nil
        }
        return nil
    }

    private mutating func takeBody(_ bytes: Span<UInt8>, _ index: inout Int, _ left: Int, _ keeps: Int) {
        let available = min(left, bytes.count - index)
        let wanted = min(keeps, available)
        if wanted > 0 { kept.append(bytes.extracting(index..<(index + wanted))) }
        for offset in max(0, left - 2)..<max(available, left - 2) {
            let expected = left - offset == 2 ? ASCII.carriageReturn : ASCII.lineFeed
            if bytes[index + offset] != expected { isCanonical = false }
        }
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
    ///
    /// Commands that change the connection must be understood before they are sent: they are gathered.
    func beginStreaming(_ bytes: Span<UInt8>, _ scanner: borrowing RequestScanner) {
        let facts = worker.commands.lookup(bytes, scanner.arguments.span)
        guard passesByName(facts) else {
            if bytes.count > worker.settings.maxBufferedRequest { refuse(.tooLarge) }
            return
        }
        guard isPinned || isIdleOrWaits() else { return }
        if let refusal = refusal(of: facts) {
            guard isIdleOrWaits() else { return }
            answer(refusal.span)
            return finish()
        }
        if mayConcern(facts, bytes, scanner), !mayOweOrWaits() { return }
        pin([.streaming])
        streamedFacts = facts
        let settings = worker.settings
        var limits = StreamedRequest.Limits(
            bulkBytes: settings.protoMaxBulkLen, arguments: settings.maxArgs,
            keptBytes: settings.maxBufferedRequest)
        if worker.conventions.concernsEveryKey { limits.longestName = Int.max }
        streamed = StreamedRequest(scanner, bytes, facts, limits)
        streamedScanned = scanner.scanned
    }

    private func refusal(of facts: CommandFacts) -> ByteString? {
        if worker.refusesWrites, facts.mayWrite { return Refusal.readsOnly }
        if worker.denies(facts) { return Refusal.denied(worker.name(of: facts).text) }
        return facts.behaviour == .script && worker.settings.scripts == .deny ? Refusal.scriptsDenied : nil
    }

    /// Whether a large request may write what conventions speak of, as far as its beginning tells.
    private func mayConcern(
        _ facts: CommandFacts, _ bytes: Span<UInt8>, _ scanner: borrowing RequestScanner
    ) -> Bool {
        guard facts.mayWrite else { return false }
        let (arguments, first) = (scanner.arguments.span, Int(facts.firstKey))
        guard !facts.needsSlowKeys, facts.lastKey == facts.firstKey, first > 0, first < arguments.count else {
            return true
        }
        return worker.conventions.concerns(arguments[first].view(in: bytes))
    }

    /// Whether following the names in the request is all that there is to do.
    private func passesByName(_ facts: CommandFacts) -> Bool {
        switch facts.behaviour {
        case .plain, .script, .block, .blockIfAsked, .move, .unknown, .scan, .keys, .randomKey, .flush,
            .swapDb:
            true
        default: false
        }
    }

    /// The answer to a large request that would write a key of the index; its last bytes are not sent then.
    private func refusal(of request: borrowing StreamedRequest) -> ByteString? {
        guard streamedFacts.flags.contains(.write) || streamedFacts.behaviour == .script else { return nil }
        let view = Request(request.kept.span, request.arguments.span, streamedFacts, isCanonical: true)
        guard case .reserved(let index) = concern(of: view) else { return nil }
        worker.tally.reservedRefusals &+= 1
        return Refusal.reserved(view.argument(index))
    }

    /// Refuses the large request once everything before it is answered, and closes: its link, on which it
    /// stands half written, goes with it.
    ///
    /// Returns how many of `count` bytes are done with; the one that is left brings the session back here.
    private func giveUpStreaming(_ refusal: ByteString, _ count: Int) -> Int {
        streamed?.refusal = refusal
        guard isIdleOrWaits() else { return count - 1 }
        answer(refusal.span)
        finish()
        return count
    }

    /// Passes on the bytes of the large request and returns how many they are.
    func continueStreaming(_ bytes: Span<UInt8>) -> Int {
        guard let link else { return bytes.count }
        if let refusal = streamed?.refusal { return giveUpStreaming(refusal, bytes.count) }
        if streamed?.holdsLastByte == true { return sendLastByte(bytes, link) }
        if link.isCongested {
            wait = .link
            link.notifyWhenDrained(self)
            return 0
        }
        let skipped = streamedScanned
        streamedScanned = 0
        switch streamed?.feed(bytes.extracting(skipped..<bytes.count)) ?? .partial {
        case .partial:
            link.send(bytes)
            return bytes.count
        case .failed(let error):
            worker.noteProtocolError(error, self)
            return giveUpStreaming(error.reply ?? "", bytes.count)
        case .complete(let count):
            guard var request = streamed.take() else { return bytes.count }
            if let refusal = refusal(of: request) {
                streamed = consume request
                return giveUpStreaming(refusal, skipped + count)
            }
            if !request.isCanonical { link.hasPassedRaw = true }
            // The last byte is what makes Redis run it: it goes when the records have been answered.
            request.holdsLastByte = true
            let last = skipped + count - 1
            link.send(bytes.extracting(0..<last))
            streamed = consume request
            return last
        }
    }

    /// Completes the large request as soon as what must precede it is done.
    private func sendLastByte(_ bytes: Span<UInt8>, _ link: Link) -> Int {
        guard let request = streamed.take() else { return bytes.count }
        let (readiness, isBlocking) = readiness(of: request)
        guard case .goes(let mutation) = readiness else {
            streamed = consume request
            return 0
        }
        link.send(bytes.extracting(0..<1))
        endStreaming(mutation, isBlocking: isBlocking, link)
        return 1
    }

    private func readiness(
        of request: borrowing StreamedRequest
    ) -> (Readiness, isBlocking: Bool) {
        let view = Request(request.kept.span, request.arguments.span, streamedFacts, isCanonical: true)
        let isBlocking = blocks(view)
        // In a transaction EXEC is what waits.
        if transaction != nil { return (.goes(streamedMutation(view)), isBlocking) }
        return (readiness { streamedMutation(view) }, isBlocking)
    }

    /// The whole request is sent: from here on it is a request like any other.
    private func endStreaming(_ mutation: Mutation?, isBlocking: Bool, _ link: Link) {
        pinReasons.remove(.streaming)
        worker.tally.commands[worker.slot(of: streamedFacts)] &+= 1
        var task: ReplyTask? = mutation
        if let transaction {
            if mutation != nil { transaction.owesRecords = true }
            task = QueuedTask(mutation.map { queued($0) } ?? .plain, in: transaction)
        } else {
            sent(mutation)
            if isBlocking { task = BlockingTask(mutation) }
            if isBlocking { blocked += 1 }
        }
        link.expect(self, task)
        inFlight += 1
    }

    private func blocks(_ request: borrowing Request) -> Bool {
        switch request.facts.behaviour {
        case .block: true
        case .blockIfAsked: worker.commands.blocks(request.facts, request.bytes, request.arguments)
        default: false
        }
    }

    /// What the large request owes; nil when conventions do not speak of its keys.
    private func streamedMutation(_ request: borrowing Request) -> Mutation? {
        let isScript = request.facts.behaviour == .script
        guard isScript || request.facts.flags.contains(.write) else { return nil }
        let concern = concern(of: request)
        if isScript, worker.keyUses.isEmpty { worker.tally.scriptsWithoutKeys &+= 1 }
        if case .nothing = concern { return nil }
        return mutation(for: request, ridesAlong: false)
    }
}
