import Alerts
import App
import EventLoop
import Invalidation
import Logging
import Metrics
import Store

/// What an engine keeps on disk.
enum EngineState {
    /// Opens the queue's file in the directory.
    ///
    /// Of several processes that share one, the first owns it; the others keep their queue in memory until it
    /// has ended. Whoever calls this stops the store once the engine has been stopped.
    static func open(
        _ directory: String, for engine: Engine, durability: Durability, metrics: MetricsRegistry, log: Logger
    ) throws -> ItemStore {
        if let problem = FileAccess.directoryProblem(directory) {
            throw InvalidationEngine.Problem(description: "state directory '\(directory)': \(problem)")
        }
        let watch = DurabilityWatch(
            metrics: metrics, log: log, reporter: engine.reporter, alerts: NoAlerts())
        let recovery = IntentRecovery(engine: engine, directory: directory, watch: watch)
        let (place, door) = (LoopBound(recovery, loop: engine.loop), engine.door)
        let store = ItemStore.open(ItemStore.Options(directory: directory, durability: durability)) { event in
            watch.store(event)
            door.post { $0.storeHappened(event) }
            if event == .owned { door.post { _ in place.value.start() } }
        }
        engine.keepQueue(in: store, pausedBy: StateMark(directory: directory, name: "paused"))
        return store
    }
}
