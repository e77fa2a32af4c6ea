import Bytes

/// Names seen so far: compared one by one while they are few, as they nearly always are, hashed when they are
/// many.
struct NameSet {
    private static let few = 12

    private var names: [ByteString] = []
    private var hashed: Set<ByteString> = []

    func contains(_ name: ByteString) -> Bool {
        hashed.isEmpty ? names.contains(name) : hashed.contains(name)
    }

    /// Adds the name; false when it was there.
    mutating func insert(_ name: ByteString) -> Bool {
        guard hashed.isEmpty else { return hashed.insert(name).inserted }
        if names.contains(name) { return false }
        names.append(name)
        if names.count > Self.few { hashed = Set(names) }
        return true
    }
}
