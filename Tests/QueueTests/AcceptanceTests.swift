import Bytes
import Store
import Synchronization
import Testing
import TestSupport

@testable import Invalidation

/// Whoever waits for a piece of work is told once, whatever becomes of it: told twice, it lets go of what is
/// somebody else's by then; never told, a restart repeats it.
@Suite("Acceptances of the queue")
struct AcceptanceTests {
    /// A queue under random events, a store of its rows, and a count of how often each acceptance was told.
    private final class Storm {
        let queue: Machine
        private var random: Seed
        private var now = 0
        private var running: [Int64] = []
        private var store: [Int64: Work] = [:]
        private let told = Told()
        private var given = 0
        private var log: [String] = []

        init(_ seed: Seed, _ limits: WorkQueue.Limits) {
            random = seed
            queue = Machine(limits)
        }

        private func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

        private func note(_ event: String) { log.append(event) }

        private func newWork() -> Work {
            let keys = (0...below(2)).map { _ in "k\(below(6))" }
            var frontier = Sample.frontier(keys)
            if below(8) == 0 { frontier = Frontier() }
            var work = Work(
                .finish(frontier), Sample.cause(below(6) == 0 ? .admin : .mutation, key: "u\(below(2))"),
                parent: nil, side: below(5) == 0 ? .fallback : .primary, rule: below(4) == 0 ? "r" : nil)
            if below(4) == 0 { work.delayMilliseconds = below(50) }
            if below(6) == 0 {
                work.mergeKey = "m"
                work.debounceMilliseconds = 20
            }
            let number = given
            given += 1
            work.onAccepted = [{ [told] in told.note(number) }]
            return work
        }

        func step() {
            now += below(20)
            switch below(12) {
            case 0...3: accept(newWork())
            case 4: run()
            case 5...8: end()
            case 9: write(fails: below(3) == 0)
            case 10: operate()
            default: report()
            }
        }

        private func accept(_ work: Work) {
            let result = queue.accept(work, at: Sample.at(now))
            note("accept \(result)")
            if case .full = result {
                var wider = work
                wider.mergeKey = "wide"
                _ = queue.queue.accept(wider, at: Sample.at(now), isForced: true)
            }
        }

        private func run() {
            running += queue.runnable(at: now, reachable: below(3) == 0 ? [.primary, .fallback] : [.primary])
        }

        /// One piece that runs comes to some end, perhaps with work that follows from it.
        private func end() {
            guard !running.isEmpty else { return run() }
            let number = running.remove(at: below(running.count))
            guard queue.items[number] != nil else { return }
            if below(3) == 0, let shared = queue.queue.items[number]?.work.sharedAcceptance() {
                var next = Work(.finish(Sample.frontier(["n\(below(3))"])), Sample.cause(), parent: nil)
                next.onAccepted = [shared]
                accept(next)
            }
            let rest = Work.Task.finish(Sample.frontier(["k\(below(6))"]))
            let event = below(6)
            note("end \(number) as \(event)")
            switch event {
            case 0, 1: queue.done(number)
            case 2: queue.failed(number, ["k\(below(6))"], again: below(2) * 30)
            case 3: queue.died(number, ["k\(below(3))"])
            case 4: queue.queue.held(number, rest: rest, error: "ERR limit")
            default: queue.queue.stopped(number, rest: rest, isBig: below(2) == 0)
            }
        }

        /// A person lets something go on, or gives it up; memory is filled from the store.
        private func operate() {
            let stopped = queue.items.values.filter { $0.phase == .held || $0.phase == .dead }
            if let item = stopped.min(by: { $0.work.number < $1.work.number }), below(2) == 0 {
                if below(2) == 0 { return queue.queue.remove(item.work.number) }
                var work = item.work
                work.state = .pending
                return queue.queue.replace(work, .ready)
            }
            let known = Set(queue.items.keys).union(queue.changes.removals)
                .union(queue.changes.puts.map(\.number))
            let rows = store.values.filter { $0.state == .pending }.sorted { $0.number < $1.number }
            _ = queue.queue.restore(rows, known: known, at: Sample.at(now))
        }

        /// What the keeper does: rows are written, or given back.
        private func write(fails: Bool) {
            let (puts, removals) = queue.queue.takeRows(atMost: 1 + below(8))
            note("write \(puts.map(\.number)), remove \(removals), fails: \(fails)")
            let waiting = puts.flatMap(\.onAccepted)
            if fails {
                queue.queue.changes.removals += removals
                queue.queue.takeBack(puts)
                unsaved += waiting
                return
            }
            for var work in puts {
                work.onAccepted = []
                store[work.number] = work
            }
            for number in removals { store[number] = nil }
            for body in waiting + unsaved { body() }
            unsaved = []
        }

        private var unsaved: [@Sendable () -> Void] = []

        private func report() { unsaved += queue.reports().accepted }

        /// Everything ends.
        func finish() {
            for _ in 0..<10_000 where queue.total > 0 || !store.isEmpty || queue.queue.hasRows {
                now += 100
                running += queue.runnable(at: now, reachable: [.primary, .fallback])
                for number in running { queue.done(number) }
                running = []
                for item in queue.items.values where item.phase == .held || item.phase == .dead {
                    queue.queue.remove(item.work.number)
                }
                report()
                write(fails: false)
                let known = Set(queue.items.keys).union(queue.changes.removals)
                _ = queue.queue.restore(
                    store.values.sorted { $0.number < $1.number }, known: known, at: Sample.at(now))
            }
            report()
            write(fails: false)
        }

        /// Acceptances that were not told exactly once, and what had happened.
        var mistakes: [String] {
            let counts = told.counts
            let wrong = (0..<given).filter { counts[$0] != 1 }
            return wrong.isEmpty ? [] : wrong.map { "\($0) was told \(counts[$0] ?? 0) times" } + log
        }
    }

    @Test("fault 201: every acceptance is told exactly once, in whatever order work comes, ends and is kept")
    func once() {
        let seed = Seed.ofThisRun()
        for round in 0..<400 {
            let limits = WorkQueue.Limits(
                slots: 2, inMemory: round % 3 == 0 ? 4 : 100, total: round % 5 == 0 ? 12 : 1000,
                dead: round % 2 == 0 ? 2 : 100, hasStore: true)
            let storm = Storm(seed.derived(round), limits)
            for _ in 0..<200 { storm.step() }
            storm.finish()
            let mistakes = storm.mistakes
            #expect(mistakes.isEmpty, "round \(round) of \(seed): \(mistakes.joined(separator: "\n"))")
            if !mistakes.isEmpty { return }
        }
    }

    @Test("fault 201: a cascade that meets max-fanout again is held with the first, and both are let go of")
    func heldTwice() throws {
        let lines = (1...60).map { "depend d\($0):{id} on a:{id}" }.joined(separator: "\n")
        let stage = try QueueStage(lines + "\ncascade-max-keys 10\nmax-fanout 20\n")
        for _ in 0..<3 { #expect(try stage.run("SET a:1 x").text == "OK") }
        try stage.waitFor(1, "held")
        try stage.waitForAcceptance(3)
        #expect(try stage.run("PING").text == "PONG")
        #expect(try stage.proxy.metric("freshet_broken_invariants_total{invariant=\"intent\"}") ?? 0 == 0)
    }
}

/// Counts by number, from whatever thread.
private final class Told: Sendable {
    private let numbers = Mutex<[Int: Int]>([:])

    func note(_ number: Int) { numbers.withLock { $0[number, default: 0] += 1 } }

    var counts: [Int: Int] { numbers.withLock { $0 } }
}
