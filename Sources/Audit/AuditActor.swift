public import Bytes

/// Who caused an invalidation, as far as the connection tells.
public struct AuditActor: Sendable, Hashable {
    /// The ACL user that Redis last accepted.
    public var user: ByteString
    /// Address and port, or the socket's path.
    public var address: String
    /// Freshet's number of the client connection.
    public var connection: UInt64
    /// What CLIENT SETNAME said; empty when it said nothing.
    public var name: ByteString
    /// What CLIENT SETINFO said of the library.
    public var library: ByteString

    public init(
        user: ByteString, address: String, connection: UInt64, name: ByteString = "", library: ByteString = ""
    ) {
        self.user = user
        self.address = address
        self.connection = connection
        self.name = name
        self.library = library
    }
}
