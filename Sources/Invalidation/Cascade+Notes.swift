import Audit
import Bytes
import Naming

/// What the audit is told of the keys that a cascade reaches.
extension Cascade {
    /// Counts keys of which no name is known.
    func reached(_ count: Int, depth: Int) {
        targetCount += count
        deepest = max(deepest, depth)
    }

    func note(
        _ key: ByteString, _ depth: Int, _ parent: ByteString, _ origin: Origin?,
        _ via: AuditRecord.Target.Via
    ) {
        targetCount += 1
        deepest = max(deepest, depth)
        guard targets.count < listsAtMost else { return }
        targets.append(Self.target(key, depth, parent, origin, via))
    }

    /// Says of the targets with these names what became of them, where the number that Redis told says so of
    /// each: of `count` keys it removed all, or none was there.
    func settle(_ names: [ByteString], of count: Int, removed: Int) {
        guard removed == count || removed == 0, targets.contains(where: { $0.fate == nil }) else { return }
        let names = Set(names)
        for place in targets.indices where targets[place].fate == nil && names.contains(targets[place].key) {
            targets[place].fate = removed == 0 ? .absent : .done
        }
    }

    static func target(
        _ key: ByteString, _ depth: Int, _ parent: ByteString, _ origin: Origin?,
        _ via: AuditRecord.Target.Via
    ) -> AuditRecord.Target {
        AuditRecord.Target(
            key: key, depth: depth, from: parent, why: origin?.text ?? "asked for by name",
            line: origin?.place ?? "", via: origin == nil ? .named : via)
    }
}
