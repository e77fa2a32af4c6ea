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

    /// Says of the targets with these names what became of them, as far as the number that Redis told says so
    /// of each: of `count` keys it removed all, or none was there. What was said once stays: a key may go
    /// several times.
    func settle(_ names: [ByteString], of count: Int, removed: Int) {
        guard targets.contains(where: { $0.fate == nil }) else { return }
        let fate: AuditRecord.Target.Fate =
            removed == count ? .done : removed == 0 ? .absent : .uncertain
        let names = Set(names)
        for place in targets.indices where targets[place].fate == nil && names.contains(targets[place].key) {
            targets[place].fate = fate
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
