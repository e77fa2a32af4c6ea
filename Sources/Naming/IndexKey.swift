import Bytes

/// Names of the sets that the index keeps in Redis beside the data.
enum IndexKey {
    static let tagPrefix = Array("freshet:tag:".utf8)
    static let dependencyPrefix = Array("freshet:dep:".utf8)
    static let childrenPrefix = Array("freshet:sub:".utf8)
    static let statePrefix = Array("freshet:run:".utf8)

    /// Members of a tag.
    static func members(of tag: ByteString) -> ByteString { ByteString(tagPrefix + tag.bytes) }

    /// Tags one level below a tag.
    static func children(of tag: ByteString) -> ByteString { ByteString(childrenPrefix + tag.bytes) }

    /// What proxies have agreed about a schedule: a hash, not a set.
    static func state(ofSchedule name: String) -> ByteString { ByteString(statePrefix + Array(name.utf8)) }

    static func isState(_ key: Span<UInt8>) -> Bool { key.count >= 12 && starts(key, with: "freshet:run:") }

    /// Whether `key` starts with one of the prefixes above.
    @inline(__always)
    static func isReserved(_ key: Span<UInt8>) -> Bool {
        guard key.count >= 12, key[0] == 0x66, key[7] == ASCII.colon, key[11] == ASCII.colon else {
            return false
        }
        return starts(key, with: "freshet:tag:") || starts(key, with: "freshet:dep:")
            || starts(key, with: "freshet:sub:") || starts(key, with: "freshet:run:")
    }

    private static func starts(_ key: Span<UInt8>, with prefix: StaticString) -> Bool {
        for index in 0..<prefix.utf8CodeUnitCount where unsafe key[index] != prefix.utf8Start[index] {
            return false
        }
        return true
    }
}
