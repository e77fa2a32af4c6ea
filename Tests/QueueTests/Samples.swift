import Audit
import Bytes
import Naming

@testable import Invalidation

/// Work for tests of the machine, and moments on both clocks.
enum Sample {
    static func cause(_ source: Cause.Source = .mutation, key: String = "user:1") -> Cause {
        Cause(
            source: source, subject: .key,
            actor: AuditActor(user: "app", address: "127.0.0.1:5", connection: 7, name: "n", library: "l"),
            command: "set", database: 3, keys: [ByteString(key)], note: "why")
    }

    static let origin = Origin(
        kind: .depend, text: "depend page:{id} on user:{id}",
        location: SourceLocation(file: "proxy.conf", line: 12, column: 0, length: 0))

    static func frontier(_ keys: [String]) -> Frontier {
        var frontier = Frontier()
        frontier.steps = keys.map {
            Frontier.Step(key: ByteString($0), depth: 1, parent: "user:1", origin: origin)
        }
        return frontier
    }

    static func work(
        _ keys: String..., source: Cause.Source = .mutation, side: Side = .primary, rule: String? = nil,
        delay: Int = 0
    ) -> Work {
        var work = Work(.finish(frontier(keys)), cause(source), parent: nil, side: side, rule: rule)
        work.delayMilliseconds = delay
        return work
    }

    /// So many milliseconds after the beginning, with a wall clock that may be off.
    static func at(_ milliseconds: Int, wallOffBy jump: Int = 0) -> Moment {
        Moment(wall: Int64(1_700_000_000_000 + milliseconds + jump), ticks: UInt64(1000 + milliseconds))
    }
}

/// A queue by reference, for expectations that change it.
@dynamicMemberLookup
final class Machine {
    var queue: WorkQueue

    init(_ limits: WorkQueue.Limits = .init()) { queue = WorkQueue(limits: limits) }

    subscript<Value>(dynamicMember path: WritableKeyPath<WorkQueue, Value>) -> Value {
        get { queue[keyPath: path] }
        set { queue[keyPath: path] = newValue }
    }

    subscript<Value>(dynamicMember path: KeyPath<WorkQueue, Value>) -> Value { queue[keyPath: path] }

    func accept(_ work: Work, at now: Moment = Sample.at(0)) -> WorkQueue.Acceptance {
        queue.accept(work, at: now)
    }

    /// Takes a piece and returns its number.
    func take(_ work: Work, at milliseconds: Int = 0) -> Int64 {
        switch queue.accept(work, at: Sample.at(milliseconds)) {
        case .new(let number), .joined(let number), .outside(let number): number
        case .full: 0
        }
    }

    /// What would run now, and runs from now on.
    func runnable(at milliseconds: Int = 0, reachable: Set<Side> = [.primary]) -> [Int64] {
        runnable(at: Sample.at(milliseconds), reachable)
    }

    func runnable(at now: Moment, _ reachable: Set<Side> = [.primary]) -> [Int64] {
        var numbers: [Int64] = []
        while let work = queue.next(at: now, isReachable: reachable.contains) { numbers.append(work.number) }
        return numbers
    }

    func state(_ number: Int64) -> String? { queue.items[number]?.stateName }
    func done(_ number: Int64) { queue.done(number) }

    /// Fails an attempt of a piece that was to invalidate `keys`.
    func failed(_ number: Int64, _ keys: [String], again wait: Int) {
        queue.failed(
            number, rest: .finish(Sample.frontier(keys)), error: "ERR x", again: wait, counts: true,
            at: Sample.at(0))
    }

    func died(_ number: Int64, _ keys: [String]) {
        queue.died(number, rest: .finish(Sample.frontier(keys)), error: "NOPERM")
    }

    func rows() -> (puts: [Work], removals: [Int64]) { queue.takeRows() }
    func reports() -> WorkQueue.Changes { queue.takeReports() }
    func nextWake() -> UInt64? { queue.nextWake() }
}
