import App
public import Audit
import Bytes
public import Config
import EventLoop
import Invalidation
public import Logging
public import Metrics
import Relay
import Store
import Synchronization

/// The engine of Freshet in a program of one's own: it invalidates in a Redis without any proxy.
///
/// It runs on a thread of its own; everything here may be used from anywhere. The conventions are those of a
/// proxy.conf, the same as the proxies' in front of that Redis, so that names mean the same to all of them.
public final class InvalidationEngine: Sendable {
    /// Why no engine could be made.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let mailbox: Mailbox
    private let door: Engine.Door
    private let store: ItemStore?

    /// Starts an engine with the configuration in the file at `path`.
    ///
    /// - Parameter stateDirectory: where accepted work and added rules outlive the program. One of its own: a
    ///   proxy that shares it would not get at its queue before the program has ended. The configuration's
    ///   `state-dir` is the proxies', and is not used here.
    public static func start(
        configuration path: String, stateDirectory: String? = nil, log: Logger = Logger(label: "freshet")
    ) async throws(Problem) -> InvalidationEngine {
        let outcome = Loader.load(file: path, inspect: Encryption.inspect)
        guard let configuration = outcome.configuration else { throw Problem(description: outcome.rendered) }
        return try await InvalidationEngine(configuration, stateDirectory: stateDirectory, log: log)
    }

    /// Starts an engine.
    ///
    /// - Parameters:
    ///   - stateDirectory: as for `start`.
    ///   - audit: where records of what was invalidated go; nil for nowhere.
    public init(
        _ configuration: Configuration, stateDirectory: String? = nil, audit: AuditLog? = nil,
        metrics: MetricsRegistry = MetricsRegistry(), log: Logger = Logger(label: "freshet")
    ) async throws(Problem) {
        let made: Result<(Mailbox, Engine.Door, ItemStore?), Problem> = await withCheckedContinuation {
            continuation in
            let once = Once(continuation)
            LoopThread.start(
                { loop in
                    let engine = try Self.make(configuration, loop, audit, metrics, log)
                    let desk = try RuleDesk(
                        engine: engine, configuration, folder: stateDirectory, audit: audit, log: log)
                    // The engine keeps it.
                    engine.rules = desk.service
                    let store = try stateDirectory.map {
                        try EngineState.open(
                            $0, for: engine,
                            durability: Durability(configuration.settings.cascadeDurability),
                            metrics: metrics, log: log)
                    }
                    engine.start()
                    // The thread's own mailbox keeps the engine for as long as the loop runs.
                    loop.atTickEnd { once.tell(.success((loop.mailbox, engine.door, store))) }
                },
                failed: { once.tell(.failure(Problem(description: "\($0)"))) })
        }
        (mailbox, door, store) = try made.get()
    }

    private static func make(
        _ configuration: Configuration, _ loop: EventLoop, _ audit: AuditLog?, _ metrics: MetricsRegistry,
        _ log: Logger
    ) throws -> Engine {
        let settings = configuration.settings
        let reporter = Reporter(
            audit: audit, metrics: metrics, cluster: "\(settings.upstream.address)",
            fallback: settings.fallback.map { "\($0.address)" }, user: settings.upstream.user ?? "default")
        let engine = Engine(
            loop: loop, settings: settings, conventions: configuration.conventions, reporter: reporter,
            health: IndexHealth(), metrics: metrics, log: log)
        let encryption = try Encryption(settings, nil)
        for side in engine.sides { side.pool.tls = encryption.upstream }
        return engine
    }

    /// The door for everything that is to be invalidated.
    public var invalidator: CacheInvalidator { CacheInvalidator(door: door) }

    /// Tags that keys are given by hand.
    public var tags: TagStore { TagStore(door: door) }

    /// Stops the engine; what it has not done is lost unless it has a state directory.
    public func stop() {
        door.post { [store] engine in
            engine.stop()
            store?.stop()
        }
        mailbox.stop()
    }
}

/// Resumes a continuation once, from whichever thread is first.
private final class Once<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, Never>?>

    init(_ continuation: CheckedContinuation<Value, Never>) { self.continuation = Mutex(continuation) }

    func tell(_ value: Value) {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(returning: value)
    }
}

extension Engine.Door {
    /// Runs `body` on the engine's loop and returns what it hands over.
    func ask<Value: Sendable>(
        _ body: @escaping @Sendable (Engine, @escaping (Value) -> Void) -> Void
    ) async -> Value {
        await withCheckedContinuation { continuation in
            post { engine in body(engine) { continuation.resume(returning: $0) } }
        }
    }
}
