import Bytes
import Config
import EventLoop
import Logging
import RESP

/// Finds shared links on which Redis does not answer although it answers others, so that nobody waits there
/// who need not.
///
/// A command may hold back what is behind it on its connection: a script that runs on and on, a write while
/// CLIENT PAUSE holds writes, a reply that stops in the middle. Redis serves other connections meanwhile. So
/// when a link that owes replies has been silent for `link-patience`, Redis is asked on a link that does
/// nothing else. If it answers, even with BUSY, the silent link leaves sharing: who waits there goes on
/// waiting, and everybody else goes elsewhere.
///
/// If Redis says that all is well and nothing of the reply has come, it holds back commands of some kind.
/// Then every client has a link of its own until it is over, as without a proxy, for the next command of that
/// kind would hold up the next link.
final class LinkWatch {
    /// No link of another purpose has this number.
    static let lane = -1
    /// Bytes for a link may be read in the same turn as the answer to the probe, after it.
    private static let graceMilliseconds = 10

    private unowned let pool: LinkPool
    /// Told while links are held back, and when that is over.
    private let onChange: () -> Void
    /// Why Redis does not answer on some links, for people; nil while it does.
    private(set) var problem: String?
    /// Whether clients should have a link each.
    private(set) var isGuarding = false
    private var stalled: [Link] = []
    private var isAsking = false
    private var lastAnswer: UInt64 = 0
    private var logs = OncePerMinute()

    init(_ pool: LinkPool, onChange: @escaping () -> Void) {
        self.pool = pool
        self.onChange = onChange
    }

    func start() {
        pool.loop.timer(afterMilliseconds: pool.settings.linkPatience.milliseconds) { [weak self] in
            self?.look()
            self?.start()
        }
    }

    private func look() {
        let now = pool.loop.nowMilliseconds
        var suspects: [Link] = []
        for link in pool.links.values
        where link.owner == nil && link.isReady && !link.isPaused && link.key.lane == 0 {
            if link.saw(now), !link.sighting.isStalled { suspects.append(link) }
        }
        review(now)
        if !suspects.isEmpty || !stalled.isEmpty { ask(suspects) }
    }

    /// Asks Redis whether it serves at all.
    private func ask(_ suspects: [Link]) {
        guard !isAsking, pool.hold == nil else { return }
        isAsking = true
        let probe = ProbeReply { [weak self] isBusy in
            guard let self else { return }
            isAsking = false
            guard let isBusy else { return }
            lastAnswer = pool.loop.nowMilliseconds
            pool.loop.timer(afterMilliseconds: Self.graceMilliseconds) { [weak self] in
                self?.judge(suspects, isBusy)
            }
        }
        pool.ownLink(database: 0, lane: Self.lane).sendOwn(["PING"], probe)
    }

    private func judge(_ suspects: [Link], _ isBusy: Bool) {
        for link in suspects where link.isOpen && link.isSilent && !link.sighting.isStalled {
            if isGuarding, !link.hasBegun { continue }
            link.sighting.isStalled = true
            stalled.append(link)
            pool.tally.stalledLinks &+= 1
            say(link, isBusy)
            pool.takeOut(link)
            if !isBusy, !link.hasBegun { isGuarding = true }
        }
        conclude(wasGuarding: false)
    }

    private func say(_ link: Link, _ isBusy: Bool) {
        guard logs.allows(pool.loop.nowMilliseconds) else { return }
        let reason =
            link.hasBegun
            ? "a reply has stopped in the middle"
            : isBusy ? "Redis is busy with a script" : "Redis holds back a command, as CLIENT PAUSE does"
        pool.log.warning(
            "a shared link is silent while Redis answers on others; it is shared no more",
            metadata: ["reason": "\(reason)", "replies": "\(link.inFlight)"])
    }

    /// Forgets links that have gone on, and closes those whose reply has stood still for too long.
    private func review(_ now: UInt64) {
        guard !stalled.isEmpty else { return }
        let limit = UInt64(pool.settings.replyStallTimeout.milliseconds)
        for link in stalled where link.isOpen && link.isSilent && link.hasBegun {
            guard let since = link.sighting.silentSince, now &- since > limit, lastAnswer > since else {
                continue
            }
            pool.tally.limits.replyStall &+= 1
            pool.discard(link, "a reply stood still for reply-stall-timeout")
        }
        let wasGuarding = isGuarding
        stalled.removeAll { !$0.isOpen || !$0.isSilent }
        isGuarding = isGuarding && stalled.contains { !$0.hasBegun }
        conclude(wasGuarding: wasGuarding)
    }

    private func conclude(wasGuarding: Bool) {
        let unfinished = stalled.count { $0.hasBegun }
        problem =
            unfinished == 0
            ? nil : "\(unfinished) replies stand still in the middle while Redis answers on other links"
        pool.tally.stalledNow = stalled.count
        if wasGuarding != isGuarding { onChange() }
    }
}

extension Link {
    /// Whether replies are due and nothing has come since the watch first found so.
    fileprivate var isSilent: Bool {
        inFlight > 0 && bytesIn == sighting.bytesIn && sighting.silentSince != nil
    }

    /// Looks, and returns whether the link has been silent for a whole turn of the watch.
    fileprivate func saw(_ now: UInt64) -> Bool {
        let isSilent = sighting.owed && inFlight > 0 && bytesIn == sighting.bytesIn
        if !isSilent {
            sighting.silentSince = nil
        } else if sighting.silentSince == nil {
            sighting.silentSince = now
        }
        sighting.bytesIn = bytesIn
        sighting.owed = inFlight > 0
        return isSilent
    }
}

/// Tells whether Redis answered, and whether with BUSY; nil when the link was lost.
private final class ProbeReply: ReplyTask {
    private let done: (Bool?) -> Void

    init(_ done: @escaping (Bool?) -> Void) { self.done = done }

    override var delivery: Delivery { .discard }
    override var mayComeLate: Bool { true }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        done(reply.isError && reply.wordBegins(with: "BUSY"))
    }

    override func lost(_ session: Session?, reason: LinkFailure) { done(nil) }
}
