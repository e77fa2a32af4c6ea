/// Keys `b`, `c` on `b` and `d` on `c`, a cascade that removes them, and an application that rebuilds what is
/// missing between any two commands.
///
/// A rebuild is one step: WATCH makes it so, for it fails where its source changes before EXEC. Each state
/// that can be reached in any order of steps is visited once.
struct RemovalModel: Hashable {
    /// How a cascade finds out what to remove.
    enum Order: CaseIterable {
        /// Each key once, whatever it was rebuilt from meanwhile.
        case visitOnce
        /// What depends on a key is sent when the key's removal is sent, on another link.
        case onceSent
        /// What depends on a key is removed behind it each time: on the same link, or after the reply.
        case byEdges
    }

    /// A set of keys: bit 0 is `b`, bit 1 `c`, bit 2 `d`.
    typealias Keys = UInt8

    let order: Order
    /// The version that each key has; nil where it is missing.
    var versions: [Int?] = [0, 0, 0]
    /// Members of the tag that were not taken yet, in the order in which Redis tells them.
    var members: [Int]
    /// Commands on their way, on the link of the drain and on the one where names are removed.
    var drainLink: [Keys] = []
    var nameLink: [Keys] = []
    /// Commands of the drain whose replies have not been read.
    var unread: [Keys] = []
    var pending: Keys = 0
    var visited: Keys = 0

    init(_ order: Order, members: [Int]) {
        self.order = order
        self.members = members
    }

    static func dependents(_ keys: Keys) -> Keys { (keys << 1) & 0b111 }

    /// Whether the cascade has nothing more to do.
    var isOver: Bool {
        members.isEmpty && drainLink.isEmpty && nameLink.isEmpty && unread.isEmpty && pending == 0
    }

    /// Whether a key is older than its source, once all is rebuilt.
    var isStale: Bool {
        var end = self
        for key in 0..<3 { end.rebuild(key) }
        return end.versions != [1, 1, 1]
    }

    /// Every state that one step leads to.
    var next: [RemovalModel] {
        var all: [RemovalModel] = []
        func step(_ change: (inout RemovalModel) -> Void) {
            var state = self
            change(&state)
            all.append(state)
        }
        for key in 0..<3 where versions[key] == nil { step { $0.rebuild(key) } }
        for count in 0..<members.count { step { $0.drain(count + 1) } }
        if !drainLink.isEmpty { step { $0.unread.append($0.remove($0.drainLink.removeFirst())) } }
        if !nameLink.isEmpty { step { _ = $0.remove($0.nameLink.removeFirst()) } }
        if !unread.isEmpty { step { $0.read() } }
        for key in 0..<3 where pending & 1 << key != 0 { step { $0.send(1 << key) } }
        if pending != 0 { step { $0.send($0.pending) } }
        return all
    }

    private mutating func rebuild(_ key: Int) {
        if versions[key] == nil { versions[key] = key == 0 ? 1 : versions[key - 1] }
    }

    private mutating func remove(_ keys: Keys) -> Keys {
        for key in 0..<3 where keys & 1 << key != 0 { versions[key] = nil }
        return keys
    }

    private mutating func drain(_ count: Int) {
        var keys = members.prefix(count).reduce(Keys(0)) { $0 | 1 << $1 }
        members.removeFirst(count)
        if order == .visitOnce { keys &= ~visited }
        visited |= keys
        drainLink.append(keys)
        if order == .onceSent { pending |= Self.dependents(keys) }
    }

    private mutating func read() {
        let keys = unread.removeFirst()
        switch order {
        case .visitOnce: pending |= Self.dependents(keys) & ~visited
        case .byEdges: pending |= Self.dependents(keys)
        case .onceSent: break
        }
    }

    private mutating func send(_ keys: Keys) {
        nameLink.append(keys)
        pending &= ~keys
        if order == .visitOnce {
            pending |= Self.dependents(keys) & ~visited & ~keys
            visited |= keys
        } else {
            pending |= Self.dependents(keys) & ~keys
        }
    }
}

/// The same keys, which expire at some time each instead of being removed.
struct SofteningModel: Hashable {
    /// Which keys each wave softens: the next begins when all keys of the one before have expired.
    let waves: [[Int]]
    var versions: [Int?] = [0, 0, 0]
    var isExpiring = [false, false, false]
    var wave = 0
    /// Keys of the wave that are not softened yet.
    var left: Set<Int>

    init(_ waves: [[Int]]) {
        self.waves = waves
        left = Set(waves[0])
    }

    var isOver: Bool { wave == waves.count - 1 && left.isEmpty && !isExpiring.contains(true) }

    var isStale: Bool {
        var end = self
        for key in 0..<3 { end.rebuild(key) }
        return end.versions != [1, 1, 1]
    }

    var next: [SofteningModel] {
        var all: [SofteningModel] = []
        func step(_ change: (inout SofteningModel) -> Void) {
            var state = self
            change(&state)
            all.append(state)
        }
        for key in 0..<3 {
            if versions[key] == nil { step { $0.rebuild(key) } }
            // A write makes a key last again; a source gets a new version, and is fresh.
            if key > 0, versions[key] != nil, versions[key - 1] != nil { step { $0.rewrite(key) } }
            if isExpiring[key] { step { $0.expire(key) } }
            if left.contains(key) { step { $0.soften(key) } }
        }
        if left.isEmpty, !isExpiring.contains(true), wave + 1 < waves.count {
            step {
                $0.wave += 1
                $0.left = Set(waves[$0.wave])
            }
        }
        return all
    }

    private mutating func rebuild(_ key: Int) {
        if versions[key] == nil { rewrite(key) }
    }

    private mutating func rewrite(_ key: Int) {
        versions[key] = key == 0 ? 1 : versions[key - 1]
        isExpiring[key] = false
    }

    private mutating func expire(_ key: Int) {
        versions[key] = nil
        isExpiring[key] = false
    }

    private mutating func soften(_ key: Int) {
        left.remove(key)
        isExpiring[key] = versions[key] != nil
    }
}
