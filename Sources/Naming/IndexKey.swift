public import Bytes

/// Names of the sets that the index keeps in Redis beside the data.
public enum IndexKey {
    static let tagPrefix = Array("freshet:tag:".utf8)
    static let dependencyPrefix = Array("freshet:dep:".utf8)
    static let childrenPrefix = Array("freshet:sub:".utf8)
    static let ownPrefix = Array("freshet:own:".utf8)
    static let drainPrefix = Array("freshet:drain:".utf8)

    /// The set that names every drain set there is.
    public static let drains: ByteString = "freshet:drains"
    static let statePrefix = Array("freshet:run:".utf8)

    /// Keys that lie beside the index sets and go with them when somebody deletes those by their prefix: the
    /// names of sets of no tag and no key.
    public static let marks: [ByteString] = ["freshet:tag:", "freshet:sub:", "freshet:dep:"]

    /// Whether `key` is one of the marks.
    public static func isMark(_ key: ByteString) -> Bool { key.count == 12 && marks.contains(key) }

    /// Members of a tag.
    public static func members(of tag: ByteString) -> ByteString { ByteString(tagPrefix + tag.bytes) }

    /// Tags one level below a tag.
    public static func children(of tag: ByteString) -> ByteString { ByteString(childrenPrefix + tag.bytes) }

    /// Tags that somebody gave to a key, beside those that its name tells.
    public static func own(of key: ByteString) -> ByteString { ByteString(ownPrefix + key.bytes) }

    /// The key whose given tags the set `indexKey` holds; nil when it is another kind of set.
    public static func owner(ofOwn indexKey: ByteString) -> ByteString? {
        guard indexKey.bytes.starts(with: ownPrefix) else { return nil }
        return ByteString(Array(indexKey.bytes.dropFirst(ownPrefix.count)))
    }

    /// Members that were taken out of the index together, to be invalidated.
    public static func drain(_ name: String) -> ByteString { ByteString(drainPrefix + Array(name.utf8)) }

    /// Whether `key` is a drain set, or the set that names them.
    public static func isDrain(_ key: Span<UInt8>) -> Bool {
        key.count >= 14 && (starts(key, with: "freshet:drain:") || isDrains(key))
    }

    private static func isDrains(_ key: Span<UInt8>) -> Bool {
        key.count == 14 && starts(key, with: "freshet:drains")
    }

    /// What proxies have agreed about a schedule: a hash, not a set.
    static func state(ofSchedule name: String) -> ByteString { ByteString(statePrefix + Array(name.utf8)) }

    static func isState(_ key: Span<UInt8>) -> Bool { key.count >= 12 && starts(key, with: "freshet:run:") }

    /// Whether `key` starts with one of the prefixes above.
    @inline(__always)
    static func isReserved(_ key: Span<UInt8>) -> Bool {
        guard key.count >= 12, key[0] == 0x66, key[7] == ASCII.colon else { return false }
        guard key[11] == ASCII.colon else { return key[8] == 0x64 && isDrain(key) }
        return starts(key, with: "freshet:tag:") || starts(key, with: "freshet:dep:")
            || starts(key, with: "freshet:sub:") || starts(key, with: "freshet:own:")
            || starts(key, with: "freshet:run:")
    }

    private static func starts(_ key: Span<UInt8>, with prefix: StaticString) -> Bool {
        for index in 0..<prefix.utf8CodeUnitCount where unsafe key[index] != prefix.utf8Start[index] {
            return false
        }
        return true
    }
}
