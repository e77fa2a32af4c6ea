import Bytes
public import RESP

/// What becomes of one expected reply; the plain case, forwarding it to its session, needs no task.
///
/// Life of a task on a link: `begin` when the first byte of its reply arrives, then the bytes go where
/// `delivery` says, then `replied`; or `lost`, once, if the link closes before that.
open class ReplyTask {
    public enum Delivery: Sendable {
        /// The bytes go to the session as they arrive.
        case forward
        /// Nobody gets the bytes.
        case discard
        /// The bytes are gathered and handed to `replied` as one frame.
        case collect
    }

    public init() {}

    open var delivery: Delivery { .forward }
    /// Whether the reply scanner lists the elements of the outermost aggregate.
    open var wantsElements: Bool { false }

    /// Whether nothing and nobody is the later for it when the reply comes late.
    open var mayComeLate: Bool { false }

    /// Whether the reply comes as pushes, which `CLIENT REPLY` does not suppress.
    var isPush: Bool { false }

    open func begin(_ session: Session?) {}

    /// The reply has come; `frame` holds its bytes when they were collected and is empty otherwise.
    open func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {}

    /// The link closed before the reply came: what the command did is unknown.
    open func lost(_ session: Session?, reason: LinkFailure) {}
}

/// Why a link is gone.
public struct LinkFailure: Error, Sendable, CustomStringConvertible {
    /// What happened, for people.
    public let description: String
    /// Whether nothing of what waited was ever sent, so that nothing can have happened.
    public let sentNothing: Bool
    /// Whether Redis may have run what it had been sent.
    ///
    /// Not where it asks for a login that the link does not have, nor behind a blocking command that it was
    /// told to give up.
    let mayHaveRun: Bool

    public init(_ description: String, sentNothing: Bool) {
        self.init(description, sentNothing: sentNothing, mayHaveRun: true)
    }

    init(_ description: String, sentNothing: Bool, mayHaveRun: Bool) {
        self.description = description
        self.sentNothing = sentNothing
        self.mayHaveRun = mayHaveRun && !sentNothing
    }
}

/// A place in a link's queue of expected replies: two words, so that the queue moves them bit by bit.
///
/// A session outlives its places, since its worker keeps it until the last reply has come; a task belongs to
/// its place.
@safe struct ExpectedReply: BitwiseCopyable {
    private let sessionReference: Unmanaged<Session>?
    private let taskReference: Unmanaged<ReplyTask>?

    @inline(__always)
    init(_ session: Session?, _ task: ReplyTask?) {
        unsafe sessionReference = session.map { unsafe Unmanaged.passUnretained($0) }
        unsafe taskReference = task.map { unsafe Unmanaged.passRetained($0) }
    }

    /// The session that gets the reply; nil for Freshet's own commands.
    @inline(__always)
    var session: Session? { unsafe sessionReference?.takeUnretainedValue() }

    /// Whether the reply is forwarded to a session and nothing else happens.
    @inline(__always)
    var isPlain: Bool { unsafe taskReference == nil && sessionReference != nil }

    /// Whether the reply is as plain as that of `other` and goes to the same session.
    @inline(__always)
    func isPlain(for other: ExpectedReply) -> Bool {
        unsafe taskReference == nil && sessionReference?.toOpaque() == other.sessionReference?.toOpaque()
    }

    /// Whether the reply is awaited by someone else than `owner`: another session, or a cascade.
    func concernsOthers(than owner: Session?) -> Bool {
        if let session { return session !== owner }
        return !(task?.mayComeLate ?? false)
    }

    @inline(__always)
    var task: ReplyTask? { unsafe taskReference?.takeUnretainedValue() }

    /// The task, once: the place no longer owns it.
    @inline(__always)
    func takeTask() -> ReplyTask? { unsafe taskReference?.takeRetainedValue() }
}
