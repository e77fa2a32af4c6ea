public import Bytes

/// Commands that are refused, by index: one bit each.
public struct DenyList: Sendable {
    private var bits: [UInt64]
    /// Names that the table does not know; asking again after a refresh may find them.
    public private(set) var unknownNames: [ByteString] = []

    /// Resolves `names`, `flushall` or `client|kill` in any case; a container's name denies all its
    /// subcommands.
    public init(_ names: [ByteString], in table: CommandTable) {
        bits = [UInt64](repeating: 0, count: (table.count + 63) / 64)
        for name in names {
            guard let facts = table.facts(named: name) else {
                unknownNames.append(name)
                continue
            }
            let canonical = table.name(of: facts)
            let prefix = ByteString(canonical.bytes + [CommandRow.bar])
            for (index, other) in table.names.enumerated()
            where other == canonical || other.hasPrefix(prefix) {
                bits[index / 64] |= 1 << UInt64(index % 64)
            }
        }
    }

    public var isEmpty: Bool { bits.allSatisfy { $0 == 0 } }

    public func contains(_ facts: CommandFacts) -> Bool {
        let index = Int(facts.index)
        guard index / 64 < bits.count else { return false }
        return bits[index / 64] & (1 << UInt64(index % 64)) != 0
    }
}
