import Synchronization

/// What a siege has found.
public final class SiegeScore: Sendable, CustomStringConvertible {
    private struct State {
        var crashes = 0, hangs = 0, growths = 0
        var problems: [String] = []
    }

    private let state = Mutex(State())
    let connections = Atomic(0)
    let bytesSent = Atomic(0)
    let lies = Atomic(0)
    let starts = Atomic(0)
    /// The most memory that any proxy held once it was left alone.
    let resident = Atomic(0)

    public init() {}

    /// The process ended although nobody asked it to, or did not start.
    func crashed(_ problem: String) { note(problem) { $0.crashes += 1 } }

    /// Something was not answered, or the process did not end, within its bound.
    func hung(_ problem: String) { note(problem) { $0.hangs += 1 } }

    /// The process holds more memory than its bound.
    func grew(_ problem: String) { note(problem) { $0.growths += 1 } }

    private func note(_ problem: String, _ count: (inout State) -> Void) {
        state.withLock { state in
            count(&state)
            if state.problems.count < 20 { state.problems.append(problem) }
        }
    }

    public var isClean: Bool { state.withLock { $0.crashes + $0.hangs + $0.growths == 0 } }

    public var problems: [String] { state.withLock { $0.problems } }

    public var description: String {
        let state = state.withLock { $0 }
        func count(_ number: borrowing Atomic<Int>) -> Int { number.load(ordering: .relaxed) }
        return
            "\(count(starts)) starts, \(count(connections)) connections, \(count(bytesSent) >> 10) KiB sent, "
            + "\(count(lies)) lies, \(count(resident) >> 20) MiB resident at most; "
            + "\(state.crashes) crashes, \(state.hangs) hangs"
            + (state.growths > 0 ? ", \(state.growths) times too much memory" : "")
    }
}
