/// Where a chain of records stands: the last record's number and hash.
public struct ChainLink: Sendable, Hashable {
    public var sequence: UInt64
    /// 64 hexadecimal digits.
    public var hash: String

    public init(sequence: UInt64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }

    /// What the first record of a chain links to.
    public static let genesis = ChainLink(sequence: 0, hash: String(repeating: "0", count: 64))

    /// What stands between a line's canonical form and its hash; the hash is the last member.
    static let hashPrefix = Array(",\"hash\":\"".utf8)
    static let hashSuffix = Array("\"}".utf8)
    /// Bytes that follow the canonical members: prefix, 64 digits, suffix.
    static let trailerLength = hashPrefix.count + 64 + hashSuffix.count
}
