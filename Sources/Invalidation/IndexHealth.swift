import Synchronization

/// Whether the index in Redis can be trusted to name every key that it should; shared by all loops.
///
/// It becomes suspect when records may be missing: after a failed record, an eviction, a restart of Redis.
/// Until it has been rebuilt by names, invalidations through the index also look through the names of all
/// keys.
public final class IndexHealth: Sendable {
    private struct State {
        var isSuspect = false
        var reason = ""
        /// Since when records may have been missing; set when the index becomes suspect, until somebody has
        /// seen to it.
        var episode: Episode?
    }

    /// From when on the index may have been trusted wrongly.
    enum Episode: Equatable {
        /// In milliseconds of the loops' clock.
        case since(UInt64)
        /// Nobody knows; not for long.
        case unknown
    }

    private let state = Mutex(State())
    private let flag = Atomic<Bool>(false)
    private let episodes = Atomic<Int>(0)
    /// The drain sets that this process has made and not finished.
    let drains: DrainRegistry

    public init() { drains = DrainRegistry() }

    /// That of another Redis, for the same process.
    public init(beside other: IndexHealth) { drains = other.drains }

    public var isSuspect: Bool { flag.load(ordering: .relaxed) }

    /// Why the index is suspect; empty while it is not.
    public var reason: String { state.withLock { $0.isSuspect ? $0.reason : "" } }

    /// How often something has made the index suspect.
    var generation: Int { episodes.load(ordering: .acquiring) }

    public func suspect(_ reason: String) { suspect(reason, .unknown) }

    /// Records may be missing since then, in milliseconds of the loops' clock.
    func suspect(_ reason: String, since: UInt64) { suspect(reason, .since(since)) }

    private func suspect(_ reason: String, _ episode: Episode) {
        state.withLock { state in
            if !state.isSuspect {
                state.reason = reason
                state.episode = episode
            }
            state.isSuspect = true
            episodes.add(1, ordering: .releasing)
            flag.store(true, ordering: .relaxed)
        }
    }

    /// Tells once of each time that the index became suspect.
    func takeEpisode() -> Episode? {
        state.withLock { state in
            defer { state.episode = nil }
            return state.episode
        }
    }

    /// The index has been rebuilt; it is trusted again unless something happened since the rebuild of
    /// `generation` began.
    func rebuilt(_ generation: Int) {
        state.withLock { state in
            guard self.generation == generation else { return }
            state.isSuspect = false
            flag.store(false, ordering: .relaxed)
        }
    }
}
