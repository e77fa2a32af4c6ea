import Synchronization
import TestSupport

/// What the clients of a run share.
final class CrashStage: Sendable {
    static let user = "amy"
    static let password = "secret-of-amy"

    let redis: RedisServer
    let proxy: FreshetProcess
    let locks = SourceLocks()
    /// The next version that a source gets; no two writes have the same.
    let version = Atomic(1)
    let writes = Atomic(0)
    let fills = Atomic(0)
    /// Operations whose end nobody saw.
    let lost = Atomic(0)
    let isPaused = Atomic(false)
    let isOver = Atomic(false)
    /// Clients in the middle of something.
    let busy = Atomic(0)

    init(_ setup: CrashSetup) throws {
        redis = try RedisServer(
            options: ["--user", Self.user, "on", ">" + Self.password, "~*", "&*", "+@all"])
        proxy = try FreshetProcess(upstream: redis.unix, configuration: setup.configuration)
    }

    func nextVersion() -> Int { version.wrappingAdd(1, ordering: .relaxed).newValue }
}
