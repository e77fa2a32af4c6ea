import Config
import Invalidation
import Synchronization

/// What the threads tell about themselves, for readiness and `FRESHET INFO`.
final class Status: Sendable {
    struct State {
        /// Why each Redis cannot be used; nil where it can.
        var problems: [Side: String] = [.primary: "not connected yet", .fallback: "not connected yet"]
        var failover = Failover.State()
        var pauses = Pauses()
        var isDraining = false
        var listeners: [String] = []
        var clients = 0
        var generation = 1
        /// The one in force.
        var configuration = Configuration()
    }

    private let state = Mutex(State())
    private let stalls = Mutex([Int: String]())
    private let clientCounts = Mutex([Int: Int]())

    var current: State { state.withLock { $0 } }

    func update(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    /// Notes how many clients a worker has.
    func setClients(_ count: Int, worker: Int) { clientCounts.withLock { $0[worker] = count } }

    /// Notes why Redis does not answer on some links of a worker; nil where it does.
    func setStall(_ problem: String?, worker: Int) { stalls.withLock { $0[worker] = problem } }

    /// Why Redis does not answer on some links, of any worker.
    var stall: String? { stalls.withLock { $0.min { $0.key < $1.key }?.value } }

    var clients: Int { clientCounts.withLock { $0.values.reduce(0, +) } }
}
