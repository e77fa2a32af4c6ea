import Bytes
import Commands
import Config
public import EventLoop
import RESP

/// A client's connection: its requests in order, its replies in the same order.
///
///     client bytes ─► input ─► RequestScanner ─► route ─► link.send + link.expect
///     client ◄─ stream.output ◄─ held (while a cascade runs) ◄─ deliver ◄─ link
///
/// At any moment all requests in flight are on one link, so their replies come back in order. Whatever
/// changes the link (pinning, SELECT, AUTH) waits until nothing is in flight: the request stays unread in
/// `input` and is looked at again.
public final class Session: StreamHandler {
    enum Phase {
        case open
        /// The client said all it will say (QUIT, half close): what is owed is sent, then the connection
        /// closes.
        case finishing
        case closed
    }

    /// Why requests are left unread for now.
    enum Wait {
        case nothing
        /// A request must wait until nothing is in flight.
        case replies
        /// The link has too much to send.
        case link
        /// What must precede the next request is not done.
        case records
        /// The audit has no room for the record that the request owes.
        case audit
    }

    let worker: Worker
    let stream: Stream
    let number: Int
    let openedMilliseconds: UInt64
    var phase = Phase.open
    var wait = Wait.nothing
    /// Whether the client closed its sending side.
    var hasEnded = false
    /// Whether the client does not read its replies as fast as they come.
    var isSlow = false

    /// The group whose links may carry the session's requests.
    var key: GroupKey { didSet { group = nil } }
    /// The group of `key`, once it was asked for.
    var group: LinkGroup?
    /// The link of the requests in flight; nil before the first request and after a shared link was let go.
    var link: Link?
    var isPinned = false
    var pinReasons: PinReasons = [] {
        didSet { worker.tally.pinsChanged(from: oldValue, to: pinReasons) }
    }
    /// Those of the reasons that Redis has accepted, where it is asked.
    var pinsGranted: PinReasons = []
    /// How many replies are due that may grant more of them.
    var pinsAwaited = 0
    /// A link of the session's own that it keeps, and needs for nothing now.
    var home: Link?
    /// Whether SCRIPT DEBUG is on.
    var isDebugging = false
    /// Whether the request being routed is a script.
    var usesScriptLink = false
    /// Whether Redis has said that the session must log in, when it was last asked.
    var isKnownStranger = false
    /// Replies that the session still waits for.
    var inFlight = 0
    /// Whether the client has ended, and is given up soon if its next command still blocks then.
    private var isToBeGivenUp = false
    /// How many of them belong to blocking commands.
    var blocked = 0 {
        didSet {
            if (blocked > 0) != (oldValue > 0) { worker.tally.blockedSessions += blocked > 0 ? 1 : -1 }
        }
    }

    var clientName: ByteString = ""
    var libraryName: ByteString = ""
    var replyMode = ReplyMode.on
    /// Whether `CLIENT REPLY SKIP` was sent, so that the reply mode may not be `on`.
    var hasAskedToSkip = false
    /// The open transaction, nil outside MULTI.
    var transaction: Transaction?
    /// How far the write is that is next to be sent.
    var preparation = Preparation.none
    /// Whether what a mutation owes is not sent in one piece with it, so that what follows must wait.
    var mustSettle = false
    /// A large request whose end has not come yet.
    var streamed: StreamedRequest?
    var isStreaming: Bool { streamed != nil }
    var streamedFacts = CommandFacts.unknown
    /// How many bytes at the front of the large request the scanner has understood already.
    var streamedScanned = 0
    /// The line to be sent in place of the request that is being routed, which Redis would not take as RESP.
    var rawLine: ByteString?

    private var knownAddress: String?
    private var input = ByteBuffer()
    /// A scanner that remembers how far it came in a long request that arrives in pieces.
    private var partial: RequestScanner?
    var held = ByteBuffer()
    var holds: [HeldReply] = []
    /// All bytes ever put into `held`, and taken out of it.
    var heldEnd = 0
    var heldStart = 0

    init(worker: Worker, stream: Stream, number: Int) {
        self.worker = worker
        self.stream = stream
        self.number = number
        key = worker.pool.startKey
        openedMilliseconds = worker.loop.nowMilliseconds
    }

    /// Bytes of memory that the session's buffers hold.
    var bufferedBytes: Int {
        input.allocatedByteCount + held.allocatedByteCount + stream.output.allocatedByteCount
            + (streamed?.keptByteCount ?? 0)
    }

    /// What closing the session gives back.
    var ownedBytes: Int { bufferedBytes + (isPinned ? link?.bufferedBytes ?? 0 : 0) }

    /// Who the session is, for the audit.
    var actor: Actor {
        Actor(
            user: key.identity.name, address: address, connection: number, name: clientName,
            library: libraryName)
    }

    /// The client's address as text, made when somebody first asks.
    private var address: String {
        if let knownAddress { return knownAddress }
        let text = "\(stream.peer)"
        knownAddress = text
        return text
    }

    // MARK: Bytes from the client

    public func streamReceived(_ bytes: Span<UInt8>) {
        guard phase == .open else { return }
        worker.tally.clientBytesIn &+= bytes.count
        if input.isEmpty {
            let consumed = process(bytes)
            if phase == .open, consumed < bytes.count {
                input.append(bytes.extracting(consumed..<bytes.count))
            }
        } else {
            input.append(bytes)
            processInput()
        }
        regulateReading()
    }

    /// Goes on with requests that had to wait.
    func resume() {
        guard phase != .closed else { return }
        wait = .nothing
        processInput()
        regulateReading()
        finishIfDone()
    }

    private func processInput() {
        guard phase == .open, !input.isEmpty else { return }
        var buffer = ByteBuffer()
        swap(&buffer, &input)
        let consumed = process(buffer.span)
        guard phase == .open else { return }
        buffer.consume(consumed)
        if buffer.isEmpty { buffer.release() }
        swap(&buffer, &input)
    }

    private func regulateReading() {
        guard phase == .open, !hasEnded else { return }
        // Behind a command that blocks, perhaps for ever, only reading tells that the client has gone.
        let listens = blocked > 0 && input.count < worker.settings.clientPipelineLimit
        if wait == .nothing || listens { stream.resumeReading() } else { stream.pauseReading() }
    }

    /// Handles the requests in `bytes` and returns how many bytes are done with.
    private func process(_ bytes: Span<UInt8>) -> Int {
        var scanner = partial.take() ?? worker.takeScanner()
        var offset = 0
        while offset < bytes.count, phase == .open, wait == .nothing {
            if mustSettle, !hasSettledOrWaits() { break }
            if streamed != nil {
                offset += continueStreaming(bytes.extracting(offset..<bytes.count))
                continue
            }
            if isOpaque {
                if let link, link.isCongested {
                    wait = .link
                    link.notifyWhenDrained(self)
                    break
                }
                link?.send(bytes.extracting(offset..<bytes.count))
                offset = bytes.count
                break
            }
            let outcome = forwardRun(bytes, &offset, &scanner)
            guard wait == .nothing,
                let length = processOne(bytes.extracting(offset..<bytes.count), outcome, &scanner)
            else { break }
            scanner.reset()
            offset += length
        }
        keep(scanner, unread: bytes.count - offset)
        return offset
    }

    /// Scanning a short tail again is cheaper than remembering; a long one is not.
    private func keep(_ scanner: consuming RequestScanner, unread: Int) {
        if phase == .open, wait == .nothing, unread > 4096 {
            partial = consume scanner
        } else {
            scanner.reset()
            worker.giveBack(scanner)
        }
    }

    /// Forwards the requests from `offset` on that ask for no more than that, their bytes in one piece, and
    /// returns what the first other one is.
    @inline(__always)
    private func forwardRun(
        _ bytes: Span<UInt8>, _ offset: inout Int, _ scanner: inout RequestScanner
    ) -> RequestScanner.Outcome {
        let limits = worker.limits(for: self)
        let isOrdinary = transaction == nil && !worker.deniesCommands
        let start = offset
        var runLink: Link?
        while true {
            let rest = bytes.extracting(offset..<bytes.count)
            let outcome = scanner.scan(rest, limits)
            guard case .complete(let length) = outcome, isOrdinary, offset - start < Self.longestRun,
                let slot = slotIfForwardedAsItIs(rest.extracting(0..<length), scanner)
            else {
                runLink?.send(bytes.extracting(start..<offset))
                return outcome
            }
            guard let link = runLink ?? linkWithRoom() else { return outcome }
            runLink = link
            worker.tally.commands[slot] &+= 1
            link.expect(self, nil)
            inFlight += 1
            offset += length
            scanner.reset()
        }
    }

    /// More bytes are not sent in one piece, so that the link's limit on what waits is looked at in between.
    private static var longestRun: Int { 1 << 20 }

    /// The place of the command in `tally.commands`; nil where more is asked for than to be forwarded.
    @inline(__always)
    private func slotIfForwardedAsItIs(_ bytes: Span<UInt8>, _ scanner: borrowing RequestScanner) -> Int? {
        let arguments = scanner.arguments.span
        let facts = worker.commands.lookup(bytes, arguments)
        let request = Request(bytes, arguments, facts, isCanonical: scanner.isCanonical)
        return isForwardedAsItIs(request) ? worker.slot(of: facts) : nil
    }

    /// Handles the request at the start of `bytes` and returns its length; nil when it must wait for bytes or
    /// replies.
    private func processOne(
        _ bytes: Span<UInt8>, _ outcome: RequestScanner.Outcome, _ scanner: inout RequestScanner
    ) -> Int? {
        switch outcome {
        case .complete(let length):
            let arguments = scanner.arguments.span
            let request = bytes.extracting(0..<length)
            let facts = worker.commands.lookup(request, arguments)
            let view = Request(request, arguments, facts, isCanonical: scanner.isCanonical)
            return route(view) ? length : nil
        case .empty(let length): return passEmpty() ? length : nil
        case .inline(let length): return processInline(bytes.extracting(0..<length)) ? length : nil
        case .incomplete: return nil
        case .large:
            beginStreaming(bytes, scanner)
            return streamed == nil && !isOpaque ? nil : 0
        case .failed(let error):
            if !error.isForStrangers || !asksWhetherStranger() { refuse(error) }
            return nil
        }
    }

    /// Answers bytes that are no request as Redis does, after all replies that are owed, and closes.
    func refuse(_ error: ProtocolError) {
        guard inFlight == 0, holds.isEmpty else {
            wait = .replies
            return
        }
        worker.noteProtocolError(error, self)
        if let reply = error.reply { answer(reply.span) }
        finish()
    }

    // MARK: The end

    public func streamEnded() {
        hasEnded = true
        finishIfDone()
    }

    /// Passes the client's end on to Redis, where only Redis knows when it has answered all: it then closes
    /// the link.
    private func passOnEnd() {
        guard wait == .nothing || blocked > 0, isPinned, let link,
            blocked > 0 || isOpaque || streamed != nil
        else { return }
        if blocked > 0, !input.isEmpty { return giveUpLater() }
        link.endSending()
    }

    /// For how long a command may block that stands before others of a client that says no more.
    private static let lastBlockMilliseconds = 250

    /// Gives up a client that has ended and whose next command blocks: those behind it are still to be sent,
    /// and a command that need not wait lets them.
    private func giveUpLater() {
        guard !isToBeGivenUp else { return }
        isToBeGivenUp = true
        worker.loop.timer(afterMilliseconds: Self.lastBlockMilliseconds) { [weak self] in
            guard let self else { return }
            isToBeGivenUp = false
            if blocked > 0, phase != .closed { link?.endSending() }
        }
    }

    /// Sends what is owed, then closes; nothing more is read.
    func finish() {
        guard phase == .open else { return }
        phase = .finishing
        input.release()
        finishIfDone()
    }

    func finishIfDone() {
        guard hasEnded || phase == .finishing, phase != .closed else { return }
        if hasEnded { passOnEnd() }
        if isOpaque, phase == .open { return }
        guard inFlight == 0, holds.isEmpty, wait == .nothing else { return }
        phase = .finishing
        letGoOfLink()
        stream.closeAfterFlush()
    }

    /// Closes at once, as Redis closes a connection that it gives up.
    func close() {
        guard phase != .closed else { return }
        phase = .closed
        stream.close()
        abandonPrepared()
        letGoOfLink()
        held.release()
        input.release()
        streamed = nil
    }

    public func streamClosed(_ reason: StreamError?) {
        close()
        pinReasons = []
        hasEnded = true
        worker.sessionClosed(self)
    }

    public func streamDrained() { recheckOutput() }

    /// Whether nothing of a request has come that was not passed on.
    var hasNoInput: Bool { input.isEmpty && streamed == nil }

    func finishNow() {
        phase = .finishing
        letGoOfLink()
        stream.closeAfterFlush()
    }
}
