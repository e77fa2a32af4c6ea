public import Bytes
public import Commands
public import RESP

/// Who caused something: what Redis and the client itself say of a session.
public struct Actor: Sendable, Hashable {
    public var user: ByteString
    public var address: String
    /// The session's number, unique in this process.
    public var connection: Int
    public var name: ByteString
    public var library: ByteString
}

/// A write that a session is about to forward, of at least one key that conventions speak of.
public struct WriteIntent {
    public struct Key: Sendable {
        public var name: ByteString
        public var role: KeyRole
    }

    /// Canonical lower-case name, `client|list`.
    public var command: ByteString
    public var database: Int
    /// The session's database, where the write runs if a SELECT that was queued before it fails.
    public var sessionDatabase: Int
    /// Other databases where it may run, since nobody knows yet which SELECT before it Redis accepts.
    public var possibleDatabases: Set<Int> = []
    /// The keys written, in the order of the request; keys only read are left out.
    public var keys: [Key]
    /// The database that receives the key, for MOVE and for COPY with DB.
    public var targetDatabase: Int?
    /// What a reply that is no error says.
    public var replyRule: ReplyRule
    /// Whether the write may not happen although Redis accepts it: only the reply tells.
    public var isConditional: Bool
    /// Whether Freshet's own commands may follow on the same link, right behind this one.
    public var ridesAlong: Bool
    public var actor: Actor
    /// Whether no value changes, only how long keys live: nothing goes stale here, only copies elsewhere.
    public var changesLifeOnly = false
    /// All keys that the command writes, where `keys` are only some of them: none of these is stale.
    public var allKeys: Set<ByteString> = []
}

/// A forwarded write whose reply decides what has gone stale; made by the `MutationObserver`.
open class Mutation: ReplyTask {
    /// Whether what it owes may go on the link of the write, around it.
    open var mayRideAlong: Bool { true }

    /// Whether all that it owes was sent right behind the write, so that Redis does it before it reads more.
    open var isInOrder: Bool { true }

    /// Appends what must precede the write on its link; called only where the intent says `ridesAlong`.
    open func lead(on link: Link) {}

    /// Appends what must follow right behind the write; called only where the intent says `ridesAlong`.
    open func follow(on link: Link) {}

    /// Sends what must precede the write on links of Freshet's own; called where it does not ride along.
    ///
    /// Returns whether nothing is awaited; if not, `ready` is called once, when the write may be sent.
    open func prepare(_ ready: @escaping () -> Void) -> Bool { true }

    /// The write was never sent, or was discarded with its transaction.
    open func abandon(held: HeldReply?) {}

    /// The keys of which nothing is left that was there before the write, if this is what the reply says.
    open func freshKeys(_ verdict: ReplyVerdict) -> [ByteString] { [] }

    /// Whether anything may go stale with the write.
    open var leadsOn: Bool { false }

    /// Names keys that the same transaction has written anew after this write: they are fresh.
    open func spare(_ keys: [ByteString]) {}

    /// Takes the outcome.
    ///
    /// - Parameters:
    ///   - verdict: what the reply said; nil when the link was lost and nobody knows.
    ///   - held: the reply that waits, to be retained for as long as it must; nil where no client waits.
    open func settle(_ verdict: ReplyVerdict?, held: HeldReply?) {}

    /// Tells in which database a queued write ran: a SELECT queued before it may have failed.
    open func relocate(to database: Int) {}

    /// Whether Redis takes the write only while it has room: that it takes another says nothing.
    var needsRoom = false
    private var held: HeldReply?

    /// Called again when what came first turned out to be a message and not the reply.
    public override func begin(_ session: Session?) {
        if held == nil { held = session?.hold() }
    }

    public override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        let verdict = ReplyVerdict(reply)
        link.pool.wrote(verdict, needsRoom: needsRoom)
        settle(verdict, held: held)
        held?.release()
        held = nil
    }

    public override func lost(_ session: Session?, reason: LinkFailure) {
        if reason.mayHaveRun { settle(nil, held: nil) } else { abandon(held: nil) }
        held?.release()
        held = nil
    }
}

/// Decides what a write owes; one for each loop, confined to it.
public protocol MutationObserver: AnyObject {
    /// Whether a write that owes something must wait before it is sent: what it owes could not be told.
    var isFull: Bool { get }

    /// What must follow the write; nil when nothing.
    func mutation(for intent: WriteIntent) -> Mutation?

    /// A database, or with nil all of them, was emptied, index and all.
    func flushed(database: Int?, command: ByteString, actor: Actor)

    /// Databases, or with nil all of them, are about to hold other keys than before.
    ///
    /// Returns what is to be kept until `replaced` is told, or the command is known not to run; nil where
    /// nothing has to be remembered.
    func willReplace(_ databases: [Int]?, command: ByteString, actor: Actor) -> AnyObject?

    /// Databases, or with nil all of them, hold other keys than before, or may: copies elsewhere are stale.
    ///
    /// - Parameter note: what `willReplace` has returned.
    func replaced(_ databases: [Int]?, _ note: AnyObject?)
}
