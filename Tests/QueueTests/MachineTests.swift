import Bytes
import Testing

@testable import Invalidation

/// The queue's states as a table: what happens, and what is so afterwards.
@Suite("The queue as a machine")
struct MachineTests {
    private let queue = Machine(.init(slots: 2))

    @Test("work runs in the order in which it came, as many pieces at a time as there are places")
    func order() {
        let numbers = (1...3).map { queue.take(Sample.work("k\($0)")) }
        #expect(queue.runnable() == Array(numbers.prefix(2)))
        queue.done(numbers[0])
        #expect(queue.runnable() == [numbers[2]])
        queue.done(numbers[1])
        queue.done(numbers[2])
        #expect(queue.total == 0)
        #expect(queue.counts.values.allSatisfy { $0 == 0 })
    }

    @Test("work of a Redis that is away waits, and keeps nothing of the other waiting")
    func sides() {
        let away = (1...3).map { queue.take(Sample.work("k\($0)", side: .fallback)) }
        let here = queue.take(Sample.work("k1"))
        #expect(queue.runnable(reachable: [.primary]) == [here])
        #expect(queue.runnable(reachable: [.primary, .fallback]) == Array(away.prefix(2)))
    }

    @Test("what can run is counted for the Redis that can be reached, and without what the brake holds")
    func runnable() {
        _ = queue.take(Sample.work("a"))
        _ = queue.take(Sample.work("b", side: .fallback))
        _ = queue.take(Sample.work("c", rule: "r"))
        _ = queue.take(Sample.work("d", delay: 10))
        #expect(queue.queue.runnable { $0 == .primary } == 2)
        #expect(queue.queue.runnable { _ in true } == 3)
        queue.brakes.rulesSince["r"] = 1
        #expect(queue.queue.runnable { _ in true } == 2)
    }

    @Test("a piece that was paused while it ran stays paused when it fails")
    func pausedWhileRunning() throws {
        let number = queue.take(Sample.work("a"))
        #expect(queue.runnable() == [number])
        var work = try #require(queue.items[number]?.work)
        work.state = .paused
        queue.queue.replace(work, .running)
        queue.failed(number, ["a"], again: 10)
        #expect(queue.state(number) == "paused")
        #expect(queue.runnable(at: 20) == [])
    }

    @Test("large pieces leave the places of small ones, and have as many of their own")
    func large() {
        let first = (1...2).map { queue.take(Sample.work("big\($0)")) }
        #expect(queue.runnable() == first)
        let small = queue.take(Sample.work("small"))
        #expect(queue.runnable() == [])
        for number in first { queue.queue.promote(number) }
        #expect(!queue.queue.hasSlot(forBigOn: .primary))
        #expect(queue.runnable() == [small])
        let third = queue.take(Sample.work("big3"))
        queue.done(small)
        #expect(queue.runnable() == [third])
        queue.queue.stopped(third, rest: .finish(Sample.frontier(["big3"])), isBig: true)
        #expect(queue.runnable() == [])
        queue.done(first[0])
        #expect(queue.runnable() == [third])
    }

    @Test("delayed work waits for its time, and not for more")
    func delayed() {
        let number = queue.take(Sample.work("k", delay: 500))
        #expect(queue.state(number) == "delayed")
        #expect(queue.nextWake() == 1500)
        #expect(queue.runnable(at: 499) == [])
        #expect(queue.runnable(at: 500) == [number])
    }

    @Test("failed work waits and runs again, then is a dead letter, and may be tried again by a person")
    func retries() {
        let number = queue.take(Sample.work("k"))
        #expect(queue.runnable() == [number])
        queue.failed(number, ["k"], again: 100)
        #expect(queue.state(number) == "retrying")
        #expect(queue.items[number]?.work.attempts == 1)
        #expect(queue.runnable(at: 99) == [])
        #expect(queue.runnable(at: 100) == [number])
        queue.died(number, ["k"])
        #expect(queue.state(number) == "dead")
        #expect(queue.total == 0)
        #expect(queue.runnable(at: 10_000) == [])
    }

    @Test("the breaker's rest is held, and equal rests are held once")
    func held() {
        for _ in 0..<2 {
            let number = queue.take(Sample.work("k"))
            #expect(queue.runnable() == [number])
            queue.queue.held(number, rest: .finish(Sample.frontier(["rest"])), error: "max-fanout")
        }
        #expect(queue.counts["held"] == 1)
        #expect(queue.runnable(at: 10_000) == [])
    }

    @Test("the oldest dead letter goes when there are too many, and the machine tells which")
    func deadLimit() {
        queue.limits.dead = 2
        var numbers: [Int64] = []
        for key in ["a", "b", "c"] {
            let number = queue.take(Sample.work(key))
            _ = queue.runnable()
            queue.died(number, [key])
            numbers.append(number)
        }
        #expect(queue.dead.map(\.number) == Array(numbers.dropFirst()))
        #expect(queue.reports().dropped.map(\.number) == [numbers[0]])
    }

    @Test("the brake holds what nobody asked for, of one rule or all, and nothing that an operator did")
    func brakes() {
        let plain = queue.take(Sample.work("a"))
        let ruled = queue.take(Sample.work("b", rule: "r"))
        let asked = queue.take(Sample.work("c", source: .admin))
        queue.brakes.everythingSince = 1
        #expect(queue.runnable() == [asked])
        queue.brakes = Brakes(rulesSince: ["r": 1])
        #expect(queue.runnable() == [plain])
        queue.brakes = Brakes()
        queue.done(plain)
        #expect(queue.runnable() == [ruled])
    }

    @Test("rows are written once for what changed, and none for what ended before")
    func rows() {
        let kept = queue.take(Sample.work("a"))
        let gone = queue.take(Sample.work("b"))
        _ = queue.runnable()
        queue.done(gone)
        #expect(queue.rows().puts.map(\.number) == [kept])
        #expect(!queue.hasRows)
        queue.done(kept)
        #expect(queue.rows().removals == [kept])
    }

    @Test("who waits for work to be accepted is handed on with its row, and told when it ends without one")
    func accepted() {
        var work = Sample.work("a")
        work.onAccepted = [{}]
        let stored = queue.take(work)
        #expect(queue.rows().puts.first?.onAccepted.count == 1)
        #expect(queue.items[stored]?.work.onAccepted.isEmpty == true)
        work = Sample.work("b")
        work.onAccepted = [{}]
        let brief = queue.take(work)
        _ = queue.runnable()
        queue.done(brief)
        #expect(queue.reports().accepted.count == 1)
    }
}
