import Bytes
import Commands
import Config
import EventLoop
import Naming
import RESP

/// What becomes of a request, by what its command does.
///
/// Every function returns whether the request is done with; false means that it stays unread and is routed
/// again when what it waits for has happened.
extension Session {
    @inline(__always)
    func route(_ request: borrowing Request) -> Bool {
        let isDone =
            if request.facts.behaviour == .plain, transaction == nil, !worker.deniesCommands {
                request.facts.flags.contains(.write) ? forwardWrite(request) : forward(request)
            } else {
                routeSpecial(request)
            }
        // One that waits is routed again.
        if isDone { worker.tally.commands[worker.slot(of: request.facts)] &+= 1 }
        return isDone
    }

    /// Whether all that the request asks for is to be forwarded.
    @inline(__always)
    func isForwardedAsItIs(_ request: borrowing Request) -> Bool {
        guard request.facts.behaviour == .plain, request.isCanonical else { return false }
        return !request.facts.flags.contains(.write) || concernsNobody(request)
    }

    private func routeSpecial(_ request: borrowing Request) -> Bool {
        if isCrossProtocol(request) {
            worker.noteCrossProtocol(self)
            close()
            return false
        }
        if worker.isDedicated, !isPinned, inFlight == 0 { pin([.dedicated]) }
        if worker.denies(request.facts) {
            return refuseInPlace(Refusal.denied(worker.name(of: request.facts).text))
        }
        if worker.refusesWrites, request.facts.mayWrite { return refuseInPlace(Refusal.readsOnly) }
        if !request.hasValidArity, request.facts.behaviour != .quit { return forwardFaulty(request) }
        if transaction != nil { return routeInTransaction(request) }
        switch request.facts.behaviour {
        case .multi, .watch, .unwatch, .exec, .discard: return routeTransactional(request)
        case .select, .auth, .hello, .reset, .quit: return routeConnection(request)
        case .subscribe, .unsubscribe, .psubscribe, .punsubscribe, .ssubscribe, .sunsubscribe:
            return routeSubscription(request)
        case .clientSetName, .clientSetInfo, .clientGetName, .clientReply: return routeClient(request)
        case .clientId, .clientInfo: return forwardPinned(request, [.clientId])
        case .clientTracking, .clientTrackingQuestion: return routeTracking(request)
        case .pin: return forwardPinned(request, [.administration])
        case .alone: return pinned([]) && forward(request)
        case .scriptDebug: return routeScriptDebug(request)
        case .monitor: return becomeOpaque([.monitor], request)
        case .sync: return becomeOpaque([.replication], request)
        case .block: return forwardBlocking(request)
        case .blockIfAsked:
            return worker.commands.blocks(request.facts, request.bytes, request.arguments)
                ? forwardBlocking(request) : forwardWrite(request)
        case .scan, .keys, .randomKey: return forwardHidingIndex(request)
        case .flush, .swapDb: return mayOweOrWaits() && forward(request, FlushTask(request, self))
        case .moduleLoad: return forward(request, CommandTableTask(worker))
        case .script: return forwardScript(request)
        case .readOnlyScript: return forwardReadOnlyScript(request)
        case .plain, .move, .unknown:
            return request.facts.flags.contains(.write) ? forwardWrite(request) : forward(request)
        }
    }

    /// A request that Redis will answer with an error: in a transaction it spoils the transaction there as
    /// well.
    private func forwardFaulty(_ request: borrowing Request) -> Bool {
        transaction == nil ? forward(request) : forward(request, QueuedTask(.plain, in: transaction))
    }

    /// `POST` and `Host:` as first words are a browser that was tricked into speaking to Redis.
    private func isCrossProtocol(_ request: borrowing Request) -> Bool {
        request.facts.behaviour == .unknown && (request.matches(0, "POST") || request.matches(0, "HOST:"))
    }

    /// Gives the session a link of its own for a lasting reason; false while replies are still due.
    func pinned(_ reasons: PinReasons) -> Bool {
        guard isPinned || isIdleOrWaits() else { return false }
        pin(reasons)
        return true
    }

    private func becomeOpaque(_ reasons: PinReasons, _ request: borrowing Request) -> Bool {
        guard isIdleOrWaits() else { return false }
        let link = pin(reasons)
        guard link.isReady, link.inFlight == 0 else {
            wait = .replies
            return false
        }
        link.send(request.bytes)
        link.becomeOpaque()
        worker.tally.opaqueSessions &+= 1
        return true
    }

    // MARK: Writes

    /// Forwards a write; if conventions speak of one of its keys, what it owes follows.
    @inline(__always)
    func forwardWrite(_ request: borrowing Request) -> Bool {
        switch concern(of: request) {
        case .nothing: return forward(request)
        case .reserved(let index): return refuseReserved(request, index)
        case .conventions: return isGreetedOrWaits() && forwardMutation(request)
        }
    }

    enum Concern { case nothing, conventions, reserved(argument: Int) }

    /// Looks at the names of the keys that the request writes.
    @inline(__always)
    func concern(of request: borrowing Request) -> Concern {
        concernsNobody(request) ? .nothing : closerConcern(of: request)
    }

    /// Whether surely no convention speaks of a key of the request; false when only a closer look tells.
    @inline(__always)
    private func concernsNobody(_ request: borrowing Request) -> Bool {
        let facts = request.facts
        guard !facts.needsSlowKeys, facts.firstKey > 0, facts.step > 0 else { return false }
        let last = facts.lastKey >= 0 ? Int(facts.lastKey) : request.count + Int(facts.lastKey)
        guard last < request.count else { return false }
        var index = Int(facts.firstKey)
        while index <= last {
            let key = request.argument(index)
            if Conventions.isReserved(key) || worker.conventions.concerns(key) { return false }
            index += Int(facts.step)
        }
        return true
    }

    private func closerConcern(of request: borrowing Request) -> Concern {
        worker.commands.keys(request.facts, request.bytes, request.arguments, into: &worker.keyUses)
        var concern = Concern.nothing
        for use in worker.keyUses where use.role.isMutation {
            let key = request.argument(use.argument)
            if Conventions.isReserved(key) { return .reserved(argument: use.argument) }
            if case .nothing = concern, worker.conventions.concerns(key) { concern = .conventions }
        }
        return concern
    }

    func refuseReserved(_ request: borrowing Request, _ index: Int) -> Bool {
        guard refuseInPlace(Refusal.reserved(request.argument(index))) else { return false }
        worker.tally.reservedRefusals &+= 1
        return true
    }

    /// Whether a request that owes a record may be sent; if not it waits, and nobody but its session does.
    func mayOweOrWaits() -> Bool {
        guard let observer = worker.observer, observer.isFull else { return true }
        wait = .audit
        worker.waitForRecords(self)
        return false
    }

    private func forwardMutation(_ request: borrowing Request) -> Bool {
        guard mayOweOrWaits() else { return false }
        var made: Mutation?
        if case .none = preparation {
            let link = currentLink()
            let mayRide = mayRideAlong(on: link)
            if mayRide, waitsForRoom(on: link) { return false }
            made = mutation(for: request, ridesAlong: mayRide)
            guard let made else { return forward(request, nil, on: link) }
            if mayRide, made.mayRideAlong { return forward(request, with: made, on: link) }
        }
        guard case .goes(let mutation) = readiness({ made }), forward(request, mutation) else { return false }
        sent(mutation)
        return true
    }

    /// Sends the request with all that it owes around it, in one piece.
    private func forward(_ request: borrowing Request, with mutation: Mutation, on link: Link) -> Bool {
        mutation.lead(on: link)
        dispatch(request, mutation, on: link)
        mutation.follow(on: link)
        if !mutation.isInOrder { mustSettle = true }
        return true
    }

    /// Whether Freshet's own commands may go around the session's on its link: the rights must be the same,
    /// and a link that tracks keys would tell the client of those of the index.
    func mayRideAlong(on link: Link) -> Bool {
        link.key.identity == worker.pool.ownIdentity && !link.isTainted && transaction == nil
            && !pinReasons.contains(.tracking)
    }

    /// Whether only the reply tells that the write has happened: Redis is not sure to run it, or has refused
    /// the last one.
    private func isConditional(_ request: borrowing Request) -> Bool {
        let table = worker.commands
        return worker.pool.refusesWrites
            || table.isConditional(request.facts, request.bytes, request.arguments)
            || !table.isSure(request.facts, request.bytes, request.arguments)
    }

    /// Whether Redis has told what it thinks of the link of a session that has not logged in, if its rights
    /// are not Freshet's own: until then nothing is done for a write that it may refuse.
    private func isGreetedOrWaits() -> Bool {
        let link = currentLink()
        guard !link.isReady, link.isOpen, key.identity != worker.pool.ownIdentity else { return true }
        wait = .link
        link.notifyWhenDrained(self)
        return false
    }

    /// What the observer makes of the request; its keys are in `worker.keyUses`.
    func mutation(for request: borrowing Request, ridesAlong: Bool) -> Mutation? {
        // Who has not logged in, where Redis wants that, mutates nothing.
        if link?.isLoggedOut == true { return nil }
        let table = worker.commands
        let changesValues = table.isMutation(request.facts, request.bytes, request.arguments)
        guard changesValues || worker.conventions.concernsEveryKey else { return nil }
        var keys: [WriteIntent.Key] = []
        for use in worker.keyUses where use.role.isMutation {
            keys.append(WriteIntent.Key(name: request.string(use.argument), role: use.role))
        }
        worker.tally.mutationsPlanned &+= 1
        var intent = WriteIntent(
            command: worker.name(of: request.facts), database: transaction?.database ?? key.database,
            sessionDatabase: key.database, keys: keys,
            targetDatabase: targetDatabase(of: request),
            replyRule: table.replyRule(for: request.facts, request.bytes, request.arguments),
            isConditional: isConditional(request),
            ridesAlong: ridesAlong, actor: actor)
        intent.changesLifeOnly = !changesValues
        if let transaction { intent.possibleDatabases = transaction.databases }
        let mutation = worker.observer?.mutation(for: intent)
        mutation?.needsRoom = request.facts.flags.contains(.denyOOM)
        return mutation
    }

    /// The other database that MOVE and COPY … DB write to.
    private func targetDatabase(of request: borrowing Request) -> Int? {
        guard request.facts.behaviour == .move else { return nil }
        if request.matches(0, "MOVE") { return request.integer(2) }
        // The last one counts.
        for index in (3..<max(3, request.count - 1)).reversed() where request.matches(index, "DB") {
            return request.integer(index + 1)
        }
        return nil
    }

    private func forwardScript(_ request: borrowing Request) -> Bool {
        if worker.settings.scripts == .deny { return refuseInPlace(Refusal.scriptsDenied) }
        // A debugger's replies are not one for each request.
        if isDebugging, request.matches(0, "EVAL") { return becomeOpaque([.administration], request) }
        guard mayTakeScriptLink() else { return false }
        usesScriptLink = true
        defer { usesScriptLink = false }
        let concern = concern(of: request)
        let declaresKeys = !worker.keyUses.isEmpty
        let isDone =
            switch concern {
            case .nothing: forward(request)
            case .reserved(let index): refuseReserved(request, index)
            case .conventions: isGreetedOrWaits() && forwardMutation(request)
            }
        if isDone, !declaresKeys { worker.tally.scriptsWithoutKeys &+= 1 }
        return isDone
    }

    private func forwardReadOnlyScript(_ request: borrowing Request) -> Bool {
        guard mayTakeScriptLink() else { return false }
        usesScriptLink = true
        defer { usesScriptLink = false }
        return forward(request)
    }

    // MARK: Blocking commands

    private func forwardBlocking(_ request: borrowing Request) -> Bool {
        let concern = concern(of: request)
        if case .reserved(let index) = concern { return refuseReserved(request, index) }
        if case .conventions = concern, !mayOweOrWaits() { return false }
        guard pinned([]) else { return false }
        var mutation: Mutation?
        if case .conventions = concern {
            guard isGreetedOrWaits() else { return false }
            let readiness = readiness { self.mutation(for: request, ridesAlong: false) }
            guard case .goes(let prepared) = readiness else { return false }
            mutation = prepared
        }
        guard forward(request, BlockingTask(mutation)) else { return false }
        sent(mutation)
        blocked += 1
        return true
    }
}

/// Waits for a blocking command, perhaps for ever; it may turn out to be a mutation.
final class BlockingTask: ReplyTask {
    private let mutation: Mutation?

    init(_ mutation: Mutation?) { self.mutation = mutation }

    override func begin(_ session: Session?) { mutation?.begin(session) }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        session?.blocked -= 1
        mutation?.replied(reply, frame: frame, session: session, link: link)
    }

    override func lost(_ session: Session?, reason: LinkFailure) {
        session?.blocked -= 1
        mutation?.lost(session, reason: reason)
    }
}

/// Notes that a database was emptied: its index went with it, so nothing is left to invalidate there.
///
/// Two that were exchanged keep all they have, but for copies elsewhere it is as if both had been emptied.
final class FlushTask: ReplyTask {
    private let command: ByteString
    private let database: Int?
    /// The databases of SWAPDB.
    private var exchanged: [Int] = []
    private let actor: Actor
    private var note: AnyObject?

    init(_ request: borrowing Request, _ session: Session) {
        command = session.worker.name(of: request.facts)
        database =
            request.matches(0, "FLUSHALL") ? nil : session.transaction?.database ?? session.key.database
        if request.facts.behaviour == .swapDb {
            exchanged = [request.integer(1), request.integer(2)].compactMap { $0 }
        }
        actor = session.actor
        super.init()
        note = session.worker.observer?.willReplace(databases, command: command, actor: actor)
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        if !reply.isError { ran(session) }
    }

    override func lost(_ session: Session?, reason: LinkFailure) {
        if !reason.sentNothing { session?.worker.observer?.replaced(databases, note) }
    }

    /// Redis has emptied the database, or exchanged two.
    func ran(_ session: Session?) {
        session?.worker.observer?.replaced(databases, note)
        guard exchanged.isEmpty else { return }
        session?.worker.observer?.flushed(database: database, command: command, actor: actor)
    }

    private var databases: [Int]? { exchanged.isEmpty ? database.map { [$0] } : exchanged }
}

/// Reads the upstream's command table again once a module may have added commands.
final class CommandTableTask: ReplyTask {
    private let worker: Worker

    init(_ worker: Worker) { self.worker = worker }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        if !reply.isError { worker.onModulesChanged?() }
    }
}
