import Bytes
public import Commands
public import Config
public import EventLoop
public import Logging
public import Naming
import RESP

/// One loop's share of the proxy: its sessions, its links, its view of the configuration.
///
/// Confined to the loop's thread, all of it; other threads reach it through the loop's mailbox.
public final class Worker {
    public let loop: EventLoop
    public let pool: LinkPool
    public let tally: Tally
    public let number: Int
    public private(set) var settings: Settings
    public private(set) var conventions: Conventions
    public private(set) var commands: CommandTable
    /// Decides what writes owe; set once, before the first session.
    public var observer: (any MutationObserver)?
    /// Called when Redis may have got commands that the table does not know.
    public var onModulesChanged: (() -> Void)?

    let log: Logger
    private let board: Noticeboard
    private var silence: SilenceWatch<Session>?
    private(set) var deniesCommands = false
    /// Whether applications may only read, since the Redis that serves is a fallback for reads.
    public internal(set) var refusesWrites = false { didSet { adopt(settings) } }
    private var denied: DenyList
    private(set) var isDedicated = false
    /// Whether each session is to have a link of its own, always or while Redis holds back shared ones.
    private(set) var pinsEverybody = false
    /// Reused from request to request: the keys of the one being routed.
    var keyUses: [KeyUse] = []

    private(set) var sessions: [ObjectIdentifier: Session] = [:]
    private var spareScanner: RequestScanner?
    private var limits = RequestScanner.Limits()
    private var sessionsMade = 0
    private var protocolLog = OncePerMinute()
    private var plainPortLog = OncePerMinute()
    private var handshakeLog = OncePerMinute()
    private var waitingForRecords: [Session] = []
    private var invariantLog = OncePerMinute()
    /// What all buffers of this worker held when they were last looked at.
    public internal(set) var bufferedBytes = 0
    /// Whether that is more than `buffer-limit` allows, so that no client is accepted.
    var isOverBufferLimit = false
    var trafficWhenChecked = -1
    /// Whether sessions end as soon as nothing is owed to them.
    private(set) var isDraining = false

    public init(
        number: Int, loop: EventLoop, settings: Settings, conventions: Conventions, commands: CommandTable,
        log: Logger, board: Noticeboard = Noticeboard()
    ) {
        self.board = board
        self.number = number
        self.loop = loop
        self.settings = settings
        self.conventions = conventions
        self.commands = commands
        self.log = log
        denied = DenyList([], in: commands)
        tally = Tally(commandCount: commands.count)
        pool = LinkPool(loop: loop, settings: settings, tally: tally, log: log, board: board)
        adopt(settings)
        silence = SilenceWatch(
            loop: loop, bound: { [weak self] in self?.settings.tcpKeepalive.milliseconds ?? 0 },
            all: { [weak self] in self.map { Array($0.sessions.values) } ?? [] }, stream: \.stream,
            found: { [weak self] in self?.foundSilent($0) })
        silence?.start()
        if !isDedicated { pool.startWatch { [weak self] in self?.stallChanged() } }
    }

    private func stallChanged() {
        pinsEverybody = isDedicated || pool.watch?.isGuarding == true
        if pinsEverybody { return }
        for session in Array(sessions.values) { session.stallEnded() }
    }

    public var sessionCount: Int { sessions.count }

    /// Pieces of work that wait for a later tick: an orderly stop does not forget them.
    public var workDue = 0

    /// What an orderly stop waits for: sessions, work due, and replies that no session waits for, such as
    /// those to a cascade whose client has gone.
    public var unfinished: Int { sessions.count + pool.inFlight + workDue }

    // MARK: Configuration

    /// Takes a new configuration; requests already forwarded keep what was decided for them.
    public func reconfigure(_ settings: Settings, _ conventions: Conventions) {
        self.conventions = conventions
        adopt(settings)
    }

    public func replaceCommands(_ table: CommandTable) {
        commands = table
        denied = DenyList(settings.deny, in: table)
        if tally.commands.count < table.count + 1 {
            let unknown = tally.commands.removeLast()
            tally.commands += Array(repeating: 0, count: table.count - tally.commands.count)
            tally.commands.append(unknown)
        }
    }

    private func adopt(_ settings: Settings) {
        self.settings = settings
        pool.adopt(settings)
        denied = DenyList(settings.deny, in: commands)
        deniesCommands = !settings.deny.isEmpty || refusesWrites
        isDedicated = settings.connections == .dedicated
        pinsEverybody = isDedicated || pool.watch?.isGuarding == true
        limits.gatheredBytes = settings.streamThreshold
        limits.bulkBytes = settings.protoMaxBulkLen
        limits.arguments = settings.maxArgs
    }

    // MARK: Sessions

    /// Serves a client that has just connected.
    public func accept(_ stream: Stream) {
        guard sessions.count < settings.maxClients, !isOverBufferLimit else {
            tally.sessionsRefused &+= 1
            stream.output.append(Refusal.tooManyClients)
            stream.attach(RefusedClient())
            return stream.closeAfterFlush()
        }
        sessionsMade += 1
        let seconds = Int(settings.tcpKeepalive.components.seconds)
        if seconds > 0 { stream.setKeepAlive(seconds: seconds) }
        let session = Session(worker: self, stream: stream, number: number << 40 | sessionsMade)
        sessions[ObjectIdentifier(session)] = session
        tally.sessionsOpened &+= 1
        tally.sessionsOpen += 1
        stream.attach(session)
    }

    private func foundSilent(_ session: Session) {
        tally.limits.silentPeers &+= 1
        log.info("closed a client whose machine is silent", metadata: ["client": "\(session.stream.peer)"])
        session.close()
    }

    func sessionClosed(_ session: Session) {
        tally.sessionsOpen -= 1
        forgetIfDone(session)
    }

    /// A closed session is kept until the last reply to it has come, for its places in links' queues point to
    /// it.
    func forgetIfDone(_ session: Session) {
        if session.phase == .closed, session.inFlight == 0, !session.stream.isOpen {
            sessions[ObjectIdentifier(session)] = nil
        }
    }

    /// Ends each session as soon as its replies have been sent.
    ///
    /// Who has connected just now is given a second to say what he wants.
    public func drain() {
        isDraining = true
        for session in Array(sessions.values) { session.drain(isLate: false) }
        loop.timer(afterMilliseconds: Session.graceMilliseconds, everyMilliseconds: 100) { [weak self] in
            guard let self else { return }
            for session in Array(sessions.values) { session.drain(isLate: true) }
        }
    }

    /// Closes every session and link.
    public func stop() {
        isDraining = true
        for session in Array(sessions.values) { session.close() }
        pool.stop()
    }

    // MARK: What sessions ask for

    func takeScanner() -> RequestScanner { spareScanner.take() ?? RequestScanner() }

    func giveBack(_ scanner: consuming RequestScanner) { spareScanner = consume scanner }

    @inline(__always)
    func limits(for session: Session) -> RequestScanner.Limits {
        guard pool.requiresLogin, session.isStranger else { return limits }
        var limits = limits
        limits.isUnauthenticated = true
        return limits
    }

    /// What a line may ask for once it is written as RESP: its length was bounded before.
    var inlineLimits: RequestScanner.Limits {
        var limits = RequestScanner.Limits()
        limits.gatheredBytes = Int.max
        limits.bulkBytes = Int.max
        limits.arguments = settings.maxArgs
        return limits
    }

    /// The place of a command in `tally.commands`.
    @inline(__always)
    func slot(of facts: CommandFacts) -> Int { min(Int(facts.index), tally.commands.count - 1) }

    func name(of facts: CommandFacts) -> ByteString { commands.name(of: facts) }

    func denies(_ facts: CommandFacts) -> Bool {
        deniesCommands && denied.contains(facts)
    }

    /// Lets a session go on at the end of the tick, when no request is being routed.
    func resumeLater(_ session: Session) {
        loop.atTickEnd { session.resumeIfPossible() }
    }

    /// Lets a session go on once what its request owes can be recorded.
    func waitForRecords(_ session: Session) {
        waitingForRecords.append(session)
        guard waitingForRecords.count == 1 else { return }
        tally.limits.audit &+= 1
        lookForRoom()
    }

    private func lookForRoom() {
        loop.timer(afterMilliseconds: Self.roomMilliseconds) { [weak self] in
            guard let self else { return }
            if observer?.isFull == true { return lookForRoom() }
            let waiting = waitingForRecords
            waitingForRecords = []
            for session in waiting where session.wait == .audit { session.resume() }
        }
    }

    private static let roomMilliseconds = 20

    /// Ends a session of a proxy that is about to stop, unless the client asks for more in this very moment.
    func drainLater(_ session: Session) {
        loop.atTickEnd { session.drain(isLate: true) }
    }

    func finishLater(_ session: Session) {
        loop.atTickEnd { session.finishIfDone() }
    }

    // MARK: Logging

    /// No descriptors are left: accepting pauses, clients that are connected are served on.
    public func logExhausted(_ reason: String) {
        guard board.isNews(.accepting, "no") else { return }
        log.warning("cannot accept clients for now", metadata: ["reason": "\(reason)"])
    }

    /// Descriptors are free again.
    public func logRecovered() {
        if board.isNews(.accepting, "yes") { log.notice("clients are accepted again") }
    }

    func noteProtocolError(_ error: ProtocolError, _ session: Session) {
        tally.protocolErrors &+= 1
        if error == .tooLarge { tally.limits.bufferedRequest &+= 1 }
        if error == .tlsOnPlainPort { return noteTLSOnPlainPort(session) }
        guard protocolLog.allows(loop.nowMilliseconds) else { return }
        log.warning(
            "closed a client that sent no valid request",
            metadata: ["client": "\(session.stream.peer)", "reason": "\(error.text ?? "\(error)")"])
    }

    func noteCrossProtocol(_ session: Session) {
        tally.crossProtocol &+= 1
        guard protocolLog.allows(loop.nowMilliseconds) else { return }
        log.warning(
            "possible cross-protocol attack: a client sent POST or Host: as a command; connection closed",
            metadata: ["client": "\(session.stream.peer)"])
    }

    private func noteTLSOnPlainPort(_ session: Session) {
        guard plainPortLog.allows(loop.nowMilliseconds) else { return }
        log.warning(
            "TLS on plain port: a client began a TLS handshake where plain RESP is spoken; connection closed",
            metadata: ["client": "\(session.stream.peer)"])
    }

    func noteBrokenInvariant(_ session: Session) {
        tally.brokenInvariants &+= 1
        guard invariantLog.allows(loop.nowMilliseconds) else { return }
        log.error(
            "a session was closed because of a mistake of Freshet's own: please report it",
            metadata: ["client": "\(session.stream.peer)"])
    }

    /// A client of a TLS listener did not get in.
    public func noteHandshakeFailure(_ failure: TLSFailure, _ peer: SocketAddress) {
        guard failure.reason != .cancelled, handshakeLog.allows(loop.nowMilliseconds) else { return }
        log.warning(
            "the TLS handshake of a client failed",
            metadata: ["client": "\(peer)", "reason": "\(failure)"])
    }
}

/// Hears of a connection that is refused, and has nothing to do.
private final class RefusedClient: StreamHandler {
    func streamReceived(_ bytes: Span<UInt8>) {}
    func streamDrained() {}
    func streamEnded() {}
    func streamClosed(_ reason: StreamError?) {}
}
