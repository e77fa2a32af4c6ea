import Bytes

/// Keeps a reply, and what comes after it, from leaving until something else is done.
///
/// Several parties may need the same reply held; it leaves when the last one has released it.
public final class HeldReply {
    weak var session: Session?
    /// Where the held reply begins, counted in all bytes the session ever held.
    let start: Int
    private(set) var holders = 1
    /// Bytes that go out in the reply's place, before what is held behind it.
    var replacement = ByteString()

    init(session: Session, start: Int) {
        self.session = session
        self.start = start
    }

    /// One more party needs the reply held.
    public func retain() { holders += 1 }

    /// One party is done.
    public func release() {
        guard holders > 0 else {
            session?.brokeInvariant()
            return
        }
        holders -= 1
        if holders == 0 { session?.holdEnded() }
    }
}

extension Session {
    /// Something that cannot be has happened to the session: it ends, as if Redis had gone away, and nobody
    /// else notices.
    func brokeInvariant() {
        worker.noteBrokenInvariant(self)
        close()
    }
}
