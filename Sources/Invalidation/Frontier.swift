import Bytes
import Naming

/// What a cascade has still to do: keys to remove, index sets to read, keys whose dependents are not followed
/// yet.
///
/// Whatever is removed is followed after that, so a step stands for its dependents as well. A root is gone
/// already, or was written: only its dependents are stale.
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
        /// How late its members go; those of a lower rank go first.
        var rank = 0
        /// Whether its members are gone, and only what follows from them is to be done.
        var isGone = false
    }

    /// A key whose own dependents are to be followed.
    struct Root: Sendable {
        var key: ByteString
        var depth: Int
        /// What went with it in one command; nil when that is not known any more.
        var company: Company?
    }

    /// The keys that one command has removed: those need no second removal because of each other.
    final class Company: Sendable {
        let names: Set<ByteString>

        init(_ names: Set<ByteString>) { self.names = names }
    }

    /// A key to be removed.
    struct Step: Sendable {
        var key: ByteString
        var depth: Int
        var parent: ByteString
        var origin: Origin?
        /// How late it goes; those of a lower rank go first.
        var rank = 0
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
                Step(
                    key: step.key, depth: base + step.depth, parent: step.parent, origin: step.origin,
                    rank: step.rank))
        }
        for take in closure.takes {
            takes.append(
                Take(
                    indexKey: take.indexKey, kind: take.kind, depth: base + take.depth, parent: take.parent,
                    origin: take.origin, rank: take.rank))
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
        tag: ByteString, _ conventions: Conventions, depth: Int, parent: ByteString, origin: Origin?,
        rank: Int = 0
    ) {
        let facts = conventions.tag(tag)
        let why = origin ?? facts.origins.first
        for key in facts.keys {
            steps.append(Step(key: key, depth: depth, parent: parent, origin: why, rank: rank))
        }
        func take(_ set: ByteString?, _ kind: IndexKind) {
            guard let set else { return }
            takes.append(
                Take(indexKey: set, kind: kind, depth: depth, parent: parent, origin: why, rank: rank))
        }
        take(facts.indexKey, .members)
        take(facts.subKey, .children)
    }
}
