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
        /// A write that owes nothing, of keys that a source before it leads to, perhaps.
        case fresh([ByteString], ReplyRule)
        case connection(ConnectionTask)
        /// What changes the connection, so that nobody else may have it.
        case pin(PinReasons)
        case flush(FlushTask)
        /// CLIENT GETNAME: the connection's own name is not what the client is to see.
        case name
    }

    var items: [Item] = []
    /// The database that commands queued from here on will run in, if Redis accepts every SELECT.
    var database: Int { didSet { databases.insert(database) } }
    /// The databases in which they may run: any SELECT may fail.
    private(set) var databases: Set<Int>
    /// Queued writes whose records are not answered yet; EXEC waits for them.
    var preparing = 0
    /// Whether a queued write owes anything, so that what follows EXEC must wait for that.
    var isMutation = false

    init(database: Int) {
        self.database = database
        databases = [database]
    }

    /// Whether EXEC may do what is recorded; known before Redis has said that it queued the command.
    var owesRecords = false

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
            guard forward(request, EndOfTransactionTask(transaction, isDiscarded: true)) else { return false }
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
                if let link = link, waitsForRoom(on: link) { return false }
                if let mutation = mutation(for: request, ridesAlong: false) { item = queued(mutation) }
            case .nothing: if transaction?.isMutation == true { item = fresh(request) }
            }
        }
        switch item {
        case .mutation, .flush: transaction?.owesRecords = true
        default: break
        }
        return forward(request, QueuedTask(item, in: transaction))
    }

    /// What follows EXEC waits to know whether the connection is still like others.
    private func pin(_ reasons: PinReasons) -> Transaction.Item {
        transaction?.changesConnection = true
        return .pin(reasons)
    }

    /// The item of a write that owes nothing: its keys are fresh, should a source before it lead to them.
    private func fresh(_ request: borrowing Request) -> Transaction.Item {
        let table = worker.commands
        table.keys(request.facts, request.bytes, request.arguments, into: &worker.keyUses)
        let isRemoval = ["DEL", "UNLINK", "GETDEL"].contains { request.matches(0, $0) }
        let keys = worker.keyUses.filter { $0.role == .overwrite || isRemoval }
        if keys.isEmpty { return .plain }
        return .fresh(
            keys.map { request.string($0.argument) },
            isRemoval ? .never : table.replyRule(for: request.facts, request.bytes, request.arguments))
    }

    /// The item of a write that Redis is about to queue.
    func queued(_ mutation: Mutation) -> Transaction.Item {
        prepareQueued(mutation)
        transaction?.isMutation = true
        return .mutation(mutation)
    }

    private func routeExec(_ request: borrowing Request, _ transaction: Transaction) -> Bool {
        if transaction.owesRecords, !mayOweOrWaits() { return false }
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
        guard transaction.preparing == 0 else {
            wait = .records
            return false
        }
        guard forward(request, EndOfTransactionTask(transaction)) else { return false }
        endTransaction()
        if transaction.isMutation { mustSettle = true }
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
        guard !reply.isError else {
            if case .mutation(let mutation) = item { mutation.abandon(held: nil) }
            return
        }
        if reply.type == 0x2b, reply.wordBegins(with: "QUEUED") {
            transaction?.items.append(item)
            if case .name = item { transaction?.showsName = true }
        } else if case .mutation(let mutation) = item {
            // Redis had refused MULTI: the command ran at once.
            mutation.settle(ReplyVerdict(reply), held: nil)
        }
    }

    /// Redis may have queued it: if EXEC was sent as well, nobody knows whether it ran.
    override func lost(_ session: Session?, reason: LinkFailure) {
        if reason.mayHaveRun {
            transaction?.items.append(item)
        } else if case .mutation(let mutation) = item {
            mutation.abandon(held: nil)
        }
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
