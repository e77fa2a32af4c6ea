import Bytes
import Naming

/// What a cascade has still to do: keys to remove, index sets to read, keys whose dependents are not followed
/// yet.
///
/// It is all that one loop hands to another when it cannot finish a cascade itself.
struct Frontier: Sendable {
    /// An index set, and how far it is read.
    struct Take: Sendable {
        var indexKey: ByteString
        var kind: IndexKind
        /// The depth of its members.
        var depth: Int
        var parent: ByteString
        var origin: Origin?
        /// Where SSCAN goes on, for sets that are read and not taken from.
        var cursor: ByteString = "0"
        /// The drain set that the set becomes; empty until it has been asked for.
        var drain: ByteString = ""
    }

    /// A key whose own dependents are to be followed.
    struct Root: Sendable {
        var key: ByteString
        var depth: Int
    }

    /// A key to be removed.
    struct Step: Sendable {
        var key: ByteString
        var depth: Int
        var parent: ByteString
        var origin: Origin?
    }

    var steps: [Step] = []
    var takes: [Take] = []
    var roots: [Root] = []
    /// Rules to be decided, and carried out or handed on.
    var firings: [Firing] = []
    /// The firings whose invalidations these are.
    var lineage: [Firing.Ancestor] = []
    /// Rules that were followed to get here, for counting alone.
    var followed: [Rule] = []
    /// Drain sets whose members are all removed; they go when all that follows from those has been done.
    var spent: [ByteString] = []

    /// Whether nothing is left to be invalidated.
    var isEmpty: Bool { steps.isEmpty && takes.isEmpty && roots.isEmpty && firings.isEmpty }

    /// Adds all of `other`.
    mutating func append(_ other: Frontier) {
        // Nothing is most common, and adding it costs more than asking.
        if !other.steps.isEmpty { steps += other.steps }
        if !other.takes.isEmpty { takes += other.takes }
        if !other.roots.isEmpty { roots += other.roots }
        if !other.firings.isEmpty { firings += other.firings }
        if !other.spent.isEmpty { spent += other.spent }
    }

    /// Adds what names say about a cascade; `base` is the depth of the keys that it begins with.
    mutating func add(_ closure: Closure, base: Int) {
        if steps.isEmpty { steps.reserveCapacity(closure.steps.count) }
        for step in closure.steps {
            steps.append(
                Step(key: step.key, depth: base + step.depth, parent: step.parent, origin: step.origin))
        }
        for take in closure.takes {
            takes.append(
                Take(
                    indexKey: take.indexKey, kind: take.kind, depth: base + take.depth, parent: take.parent,
                    origin: take.origin))
        }
        for firing in closure.firings {
            firings.append(
                Firing(
                    firing.rule, trigger: firing.trigger, depth: base + firing.depth, ancestors: lineage))
        }
        followed += closure.followed
        for key in closure.unexplored { roots.append(Root(key: key, depth: base)) }
    }

    /// Adds what invalidating `tag` means.
    mutating func add(
        tag: ByteString, _ conventions: Conventions, depth: Int, parent: ByteString, origin: Origin?
    ) {
        let facts = conventions.tag(tag)
        let why = origin ?? facts.origins.first
        for key in facts.keys { steps.append(Step(key: key, depth: depth, parent: parent, origin: why)) }
        if let indexKey = facts.indexKey {
            takes.append(Take(indexKey: indexKey, kind: .members, depth: depth, parent: parent, origin: why))
        }
        if let subKey = facts.subKey {
            takes.append(Take(indexKey: subKey, kind: .children, depth: depth, parent: parent, origin: why))
        }
    }
}
