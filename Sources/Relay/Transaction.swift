import Bytes
import Commands
import Config
import RESP

/// What a transaction has queued, in the order of Redis's own queue, so that EXEC's elements can be told
/// apart.
final class Transaction {
    /// What a queued command does once it runs.
    enum Item {
        case plain
        case mutation(Mutation)
        case connection(ConnectionTask)
        /// What changes the connection, so that nobody else may have it.
        case pin(PinReasons)
        case flush(FlushTask)
        /// CLIENT GETNAME: the connection's own name is not what the client is to see.
        case name
    }

    var items: [Item] = []
    /// The database that commands queued from here on will run in.
    var database: Int

    init(database: Int) { self.database = database }

    /// Whether a queued command makes EXEC's reply impossible to follow: `CLIENT REPLY`, SUBSCRIBE.
    var endsObservation = false
    /// Whether EXEC's reply must be rewritten, because a name is among what Redis has queued.
    var showsName = false
    /// Whether a queued command changes database, protocol or identity: what follows EXEC must wait to know.
    var changesConnection = false
}

extension Session {
    func routeTransactional(_ request: borrowing Request) -> Bool {
        switch request.facts.behaviour {
        case .multi:
            guard pinned([.transaction]), isIdleOrWaits(), forward(request, MultiTask()) else { return false }
            return waitForReply()
        case .watch:
            return forwardPinned(request, [.watch])
        case .unwatch:
            guard isPinned else { return forward(request) }
            guard forward(request, UnwatchTask()) else { return false }
            pinReasons.remove(.watch)
            pinsGranted.remove(.watch)
            return true
        default:
            return forward(request)
        }
    }

    /// Routes a request between MULTI and EXEC: Redis queues it, unless it is one of the few that act at
    /// once.
    func routeInTransaction(_ request: borrowing Request) -> Bool {
        guard let transaction else { return forward(request) }
        switch request.facts.behaviour {
        case .exec: return routeExec(request, transaction)
        case .discard:
            guard forward(request, EndOfTransactionTask(nil)) else { return false }
            endTransaction()
            return true
        case .reset: return routeConnection(request)
        case .quit: return routeConnection(request)
        case .multi, .watch: return forward(request)
        case .clientReply, .subscribe, .unsubscribe, .psubscribe, .punsubscribe, .ssubscribe, .sunsubscribe,
            .monitor, .sync:
            transaction.endsObservation = true
            return forward(request, QueuedTask(.plain, in: transaction))
        default: return queue(request)
        }
    }

    private func queue(_ request: borrowing Request) -> Bool {
        let facts = request.facts
        if facts.behaviour == .script, worker.settings.scripts == .deny {
            return refuseInPlace(Refusal.scriptsDenied)
        }
        var item = Transaction.Item.plain
        switch facts.behaviour {
        case .select:
            guard let task = connectionTask(for: request) else { break }
            item = .connection(task)
            transaction?.changesConnection = true
            transaction?.database = request.integer(1) ?? key.database
        case .auth, .hello:
            guard let task = connectionTask(for: request) else { break }
            item = .connection(task)
            transaction?.changesConnection = true
        case .clientTracking: item = pin([.tracking])
        case .clientGetName: item = .name
        case .clientSetName:
            let name = request.string(2)
            item = .connection(ConnectionTask { $0.clientName = name })
        case .clientId, .clientInfo: item = pin([.clientId])
        case .pin, .scriptDebug: item = pin([.administration])
        case .flush, .swapDb: item = .flush(FlushTask(request, self))
        default:
            guard facts.flags.contains(.write) || facts.behaviour == .script else { break }
            switch concern(of: request) {
            case .reserved(let index): return refuseReserved(request, index)
            case .conventions:
                if let mutation = mutation(for: request, ridesAlong: false) { item = .mutation(mutation) }
            case .nothing: break
            }
        }
        return forward(request, QueuedTask(item, in: transaction))
    }

    /// What follows EXEC waits to know whether the connection is still like others.
    private func pin(_ reasons: PinReasons) -> Transaction.Item {
        transaction?.changesConnection = true
        return .pin(reasons)
    }

    private func routeExec(_ request: borrowing Request, _ transaction: Transaction) -> Bool {
        if transaction.endsObservation {
            guard isIdleOrWaits() else { return false }
            endTransaction()
            pinReasons.insert(.administration)
            link?.send(request.bytes)
            link?.becomeOpaque()
            for case .mutation(let mutation) in transaction.items { mutation.settle(nil, held: nil) }
            worker.tally.opaqueSessions &+= 1
            return true
        }
        guard forward(request, EndOfTransactionTask(transaction)) else { return false }
        endTransaction()
        return transaction.changesConnection ? waitForReply() : true
    }

    /// EXEC and DISCARD end the watches too; the link stays pinned until their reply has come.
    private func endTransaction() {
        transaction = nil
        pinReasons.subtract([.transaction, .watch])
        pinsGranted.remove(.watch)
    }
}

/// Waits for the reply to MULTI: only when Redis accepts it is there a transaction.
final class MultiTask: ReplyTask {
    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard let session else { return }
        if reply.isError {
            session.pinReasons.remove(.transaction)
        } else {
            session.transaction = Transaction(database: session.key.database)
        }
    }
}

/// Waits for `+QUEUED`.
final class QueuedTask: ReplyTask {
    private let item: Transaction.Item
    /// The transaction that was open when the command was sent.
    private let transaction: Transaction?

    init(_ item: Transaction.Item, in transaction: Transaction?) {
        self.item = item
        self.transaction = transaction
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard !reply.isError else { return }
        if reply.type == 0x2b, reply.wordBegins(with: "QUEUED") {
            transaction?.items.append(item)
            if case .name = item { transaction?.showsName = true }
        } else if case .mutation(let mutation) = item {
            // Redis had refused MULTI: the command ran at once.
            mutation.settle(
                ReplyVerdict(type: reply.type, number: reply.isNil ? -1 : reply.number), held: nil)
        }
    }

    /// Redis may have queued it: if EXEC was sent as well, nobody knows whether it ran.
    override func lost(_ session: Session?, reason: LinkFailure) {
        if !reason.sentNothing { transaction?.items.append(item) }
    }
}

/// Waits for the reply to EXEC or DISCARD.
final class EndOfTransactionTask: ReplyTask {
    /// What EXEC runs; nil for DISCARD.
    private let transaction: Transaction?
    private var held: HeldReply?

    init(_ transaction: Transaction?) { self.transaction = transaction }

    override var wantsElements: Bool { transaction != nil }
    override var delivery: Delivery { transaction?.showsName == true ? .collect : .forward }

    override func begin(_ session: Session?) {
        if held == nil, let transaction,
            transaction.items.contains(where: { if case .mutation = $0 { true } else { false } })
        {
            held = session?.hold()
        }
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        let isOver = !reply.isError || reply.wordBegins(with: "EXECABORT")
        if !isOver { link.isTainted = true }
        var names: [Int: ByteString] = [:]
        if reply.type == ASCII.asterisk, reply.number >= 0, let transaction {
            for (index, (item, element)) in zip(transaction.items, reply.elements).enumerated() {
                if case .name = item, element.type != ASCII.minus { names[index] = session?.nameReply }
                settle(item, ReplyVerdict(type: element.type, number: element.number), session, link)
            }
        }
        if !frame.isEmpty {
            let frame = rewritten(frame, names)
            session?.deliver(frame.span)
        }
        held?.release()
        held = nil
    }

    /// The array `frame` with some of its elements replaced.
    private func rewritten(_ frame: Span<UInt8>, _ replacements: [Int: ByteString]) -> ByteString {
        guard !replacements.isEmpty, frame[0] == ASCII.asterisk else { return ByteString(frame) }
        var output = ByteBuffer()
        var start = 0
        while start < frame.count, frame[start] != ASCII.lineFeed { start += 1 }
        start += 1
        output.append(frame.extracting(0..<start))
        var scanner = ReplyScanner(maxDepth: Int.max)
        var index = 0
        while start < frame.count, case .complete(let end) = scanner.scan(frame, from: start) {
            if let name = replacements[index] {
                output.append(name)
            } else {
                output.append(frame.extracting(start..<end))
            }
            scanner.reset()
            start = end
            index += 1
        }
        return ByteString(output.span)
    }

    private func settle(
        _ item: Transaction.Item, _ verdict: ReplyVerdict, _ session: Session?, _ link: Link
    ) {
        let isError = verdict.type == ASCII.minus || verdict.type == 0x21
        switch item {
        case .plain, .name: break
        case .mutation(let mutation):
            if let session { mutation.relocate(to: session.key.database) }
            mutation.settle(verdict, held: held)
        case .connection(let task):
            if isError { task.refused(by: link) } else if let session { task.apply(to: session, link) }
        case .flush(let task): if !isError { task.ran(session) }
        case .pin(let reasons): if !isError { session?.grant(reasons) }
        }
    }

    override func lost(_ session: Session?, reason: LinkFailure) {
        if !reason.sentNothing, let transaction {
            for item in transaction.items {
                if case .mutation(let mutation) = item { mutation.settle(nil, held: nil) }
                if case .flush(let task) = item { task.lost(session, reason: reason) }
            }
        }
        held?.release()
        held = nil
    }
}

/// Waits for the reply to UNWATCH on a pinned link; refused, it leaves the link with its watches.
final class UnwatchTask: ReplyTask {
    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        if reply.isError { link.isTainted = true }
    }
}
