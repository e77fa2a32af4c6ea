import Bytes
import Synchronization
import Testing

@testable import Invalidation

/// Equal and overlapping work is done once.
@Suite("Work that merges")
struct MergingTests {
    private let queue = Machine(.init(slots: 1))

    @Test("overlapping work that waits becomes one piece that does both")
    func overlap() throws {
        let first = queue.take(Sample.work("a", "b"))
        #expect(queue.take(Sample.work("b", "c")) == first)
        let next = queue.queue.next(at: Sample.at(0)) { _ in true }
        let work = try #require(next)
        guard case .finish(let frontier) = work.task else { throw Unexpected() }
        #expect(frontier.steps.map(\.key) == ["a", "b", "c"])
        #expect(work.joined == 1)
        #expect(queue.reports().joined == 1)
    }

    @Test(
        "work of another database, side, manner or rule stays apart, and so does what runs or waits by wish")
    func apart() {
        let first = queue.take(Sample.work("a"))
        var other = Sample.work("a")
        other.cause.database = 4
        var soft = Sample.work("a")
        soft.manner = .soften(withinMilliseconds: 5)
        let others = [
            queue.take(other), queue.take(soft), queue.take(Sample.work("a", side: .fallback)),
            queue.take(Sample.work("a", rule: "r")), queue.take(Sample.work("a", delay: 10)),
            queue.take(Sample.work("a", source: .admin)),
        ]
        #expect(Set(others + [first]).count == 7)
        #expect(queue.runnable() == [first])
        #expect(queue.take(Sample.work("a")) != first)
    }

    @Test("new work for a key takes over what waits for another attempt, and runs at once")
    func retrying() {
        let number = queue.take(Sample.work("a"))
        _ = queue.runnable()
        queue.failed(number, ["a"], again: 60_000)
        #expect(queue.take(Sample.work("a"), at: 10) == number)
        #expect(queue.items[number]?.work.attempts == 0)
        #expect(queue.runnable(at: 10) == [number])
    }

    @Test("requests under one merge key are joined where they ask for the same, and kept apart where not")
    func requests() {
        func ask(_ key: String) -> Work {
            let request = InvalidationRequest(.keys([ByteString(key)]))
            var work = Work(.request(request), request.cause, parent: nil)
            work.mergeKey = "widened"
            return work
        }
        let first = queue.take(ask("a"))
        let second = queue.take(ask("b"))
        #expect(first != second)
        #expect(queue.take(ask("b")) == second)
        #expect(queue.total == 2)
    }

    @Test("who waits for a piece and for what follows from it is told once, when both are safe")
    func shared() throws {
        let told = Atomic(0)
        var work = Sample.work("a")
        let nobody = work.sharedAcceptance()
        #expect(nobody == nil)
        work.onAccepted = [{ _ = told.add(1, ordering: .relaxed) }]
        let (first, second) = (work.sharedAcceptance(), work.sharedAcceptance())
        let (follower, another) = (try #require(first), try #require(second))
        work.accept()
        another()
        #expect(told.load(ordering: .relaxed) == 0)
        follower()
        #expect(told.load(ordering: .relaxed) == 1)
    }

    @Test("newer work for all of a dead letter's keys removes it, work for some of them does not")
    func supersede() {
        let dead = queue.take(Sample.work("a", "b"))
        _ = queue.runnable()
        queue.died(dead, ["a", "b"])
        _ = queue.take(Sample.work("a"))
        #expect(queue.dead.map(\.number) == [dead])
        _ = queue.take(Sample.work("c", "b", "a"))
        #expect(queue.dead.isEmpty)
        #expect(queue.reports().superseded.map(\.number) == [dead])
    }

    @Test("a debounce starts the delay anew, but not for ever")
    func debounce() {
        var work = Sample.work("a")
        work.mergeKey = "key"
        work.debounceMilliseconds = 100
        work.delayMilliseconds = 100
        let number = queue.take(work)
        #expect(queue.take(work, at: 90) == number)
        #expect(queue.runnable(at: 100) == [])
        var now = 90
        while now < 5000, queue.runnable(at: now).isEmpty {
            _ = queue.take(work, at: now)
            now += 90
        }
        #expect((900...1100).contains(now))
    }

    @Test("scans of a database are one scan for all their sets")
    func scans() throws {
        let first = queue.take(Work(.scan(["x"]), Sample.cause(), parent: nil))
        #expect(queue.take(Work(.scan(["y"]), Sample.cause(), parent: nil)) == first)
        guard case .scan(let sets) = queue.items[first]?.work.task else { throw Unexpected() }
        #expect(sets == ["x", "y"])
    }

    @Test("work does not grow without end by merging")
    func bounded() {
        let keys = (0..<Work.mostJoined).map { "k\($0)" }
        let first = queue.take(Work(.finish(Sample.frontier(keys)), Sample.cause(), parent: nil))
        #expect(queue.take(Sample.work("k1", "new")) != first)
    }
}

struct Unexpected: Error {}
