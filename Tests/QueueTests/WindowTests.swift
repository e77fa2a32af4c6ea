import Testing

@testable import Invalidation

/// What memory has no room for is in the store alone, and comes back in time.
@Suite("More work than memory holds")
struct WindowTests {
    private func queue() -> Machine {
        Machine(.init(slots: 1, inMemory: 4, total: 10, hasStore: true))
    }

    @Test("work beyond the limit of memory goes to the store, and beyond the limit of all is refused")
    func limits() {
        let queue = queue()
        for index in 0..<4 {
            #expect(queue.accept(Sample.work("k\(index)"), at: Sample.at(0)) == .new(Int64(index + 2)))
        }
        for index in 4..<10 {
            #expect(queue.accept(Sample.work("k\(index)"), at: Sample.at(0)) == .outside(Int64(index + 2)))
        }
        #expect(queue.accept(Sample.work("k10"), at: Sample.at(0)) == .full)
        #expect((queue.inMemory, queue.outside, queue.total) == (4, 6, 10))
        #expect(queue.rows().puts.count == 10)
    }

    @Test("without a store, the limit of memory is the limit")
    func withoutStore() {
        let queue = Machine(.init(inMemory: 2, total: 10))
        _ = queue.take(Sample.work("a"))
        _ = queue.take(Sample.work("b"))
        #expect(queue.accept(Sample.work("c"), at: Sample.at(0)) == .full)
    }

    @Test("work that is due makes what waits longest leave memory")
    func eviction() {
        let queue = queue()
        let late = (1...4).map { queue.take(Sample.work("late\($0)", delay: 1000 * $0)) }
        let now = queue.take(Sample.work("now"))
        #expect(queue.state(now) == "pending")
        #expect(queue.state(late[3]) == nil)
        #expect((queue.inMemory, queue.outside) == (4, 1))
        #expect(queue.accept(Sample.work("later", delay: 9000), at: Sample.at(0)) == .outside(7))
        #expect(Set(queue.rows().puts.map(\.number)) == Set(late + [now, 7]))
    }

    @Test("rows fill memory in the order in which they are due, and what it has is not taken twice")
    func restoring() {
        let queue = queue()
        let known = queue.take(Sample.work("known"))
        queue.outside = 5
        var rows = (20..<25).map { number in
            var work = Sample.work("k\(number)")
            work.number = Int64(number)
            return work
        }
        rows.insert(Sample.work("known"), at: 0)
        rows[0].number = known
        let anyDue = queue.queue.restore(rows, known: [known], at: Sample.at(0))
        #expect(anyDue)
        #expect((queue.inMemory, queue.outside) == (4, 2))
        #expect(queue.nextNumber == 23)
    }

    @Test("everything keeps its place when the store turns out to have rows of another process")
    func renumbering() {
        let queue = queue()
        let ready = queue.take(Sample.work("a"))
        let running = queue.take(Sample.work("b"))
        let delayed = queue.take(Sample.work("c", delay: 100))
        queue.done(ready)
        #expect(queue.runnable() == [running])
        queue.queue.renumber(by: 50)
        #expect(queue.state(running + 50) == "running")
        #expect(queue.state(delayed + 50) == "delayed")
        queue.done(running + 50)
        #expect(queue.runnable(at: 100) == [delayed + 50])
        #expect(queue.take(Sample.work("d")) == 55)
        #expect(Set(queue.rows().puts.map(\.number)) == [delayed + 50, 55])
    }
}
