public import Bytes
import Config

/// Who a link speaks as: nobody in particular, or an ACL user whose credentials Redis has accepted.
public final class Identity: Hashable, Sendable {
    /// The user's name; nil for a connection that never logged in.
    public let user: ByteString?
    let password: Secret?

    /// A connection that sent no credentials: Redis's default user, where that needs no password.
    static let anonymous = Identity(user: nil, password: nil)

    init(user: ByteString?, password: Secret?) {
        self.user = user
        self.password = password
    }

    /// The name for people: `default` where none was given.
    var name: ByteString { user ?? "default" }

    public static func == (left: Identity, right: Identity) -> Bool {
        left.user == right.user && left.password == right.password
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(user)
        hasher.combine(password)
    }
}

/// What makes links interchangeable: protocol, database and identity.
public struct GroupKey: Hashable {
    /// 2 or 3, the RESP version spoken.
    public var version = 2
    public var database = 0
    public var identity: Identity
    /// 0 but for links of Freshet's own that do nothing but background work, each number a link of its own.
    public var lane = 0
}
