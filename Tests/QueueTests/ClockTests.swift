import Bytes
import Testing

@testable import Invalidation

/// A clock that somebody sets must neither lose work, nor put it off for ever, nor let all of it loose.
@Suite("Clocks that jump")
struct ClockTests {
    @Test(
        "while the process lives, a clock that is set changes nothing",
        arguments: [-86_400_000, -1000, 1000, 86_400_000])
    func alive(_ jump: Int) {
        let queue = Machine()
        guard case .new(let number) = queue.accept(Sample.work("a", delay: 1000), at: Sample.at(0)) else {
            Issue.record("the work was not accepted")
            return
        }
        #expect(queue.runnable(at: Sample.at(999, wallOffBy: jump)) == [])
        #expect(queue.runnable(at: Sample.at(1000, wallOffBy: jump)) == [number])
    }

    @Test("after a restart with a clock that was set back, work waits once more at most")
    func back() {
        var work = Sample.work("a")
        work.number = 5
        work.wait(1000, from: Sample.at(0))
        let queue = Machine()
        queue.queue.restore(work, at: Sample.at(0, wallOffBy: -86_400_000))
        #expect(queue.runnable(at: 999) == [])
        #expect(queue.runnable(at: 1000) == [5])
    }

    @Test("after a restart with a clock that was set forward, all is due, and places still limit what runs")
    func forward() {
        let queue = Machine(.init(slots: 3))
        for number in 1...100 {
            var work = Sample.work("k\(number)")
            work.number = Int64(number + 1)
            work.wait(60_000, from: Sample.at(0))
            queue.queue.restore(work, at: Sample.at(0, wallOffBy: 86_400_000))
        }
        #expect(queue.runnable() == [2, 3, 4])
        #expect(queue.total == 100)
    }

    @Test("a debounce is bounded although the clock is set back between its restarts")
    func debounce() {
        let queue = Machine()
        var work = Sample.work("a")
        work.mergeKey = "key"
        work.delayMilliseconds = 100
        work.debounceMilliseconds = 100
        _ = queue.accept(work, at: Sample.at(0))
        var now = 0
        while now < 5000, queue.runnable(at: now).isEmpty {
            now += 50
            _ = queue.accept(work, at: Sample.at(now, wallOffBy: -1000 * now))
        }
        #expect(now <= 1100)
    }

    @Test("no due time and no wait overflows")
    func extremes() {
        for due in [Int64.min, -1, 0, 1, .max] {
            for wall in [Int64.min, 0, 1_700_000_000_000, .max] {
                let moment = Moment(wall: wall, ticks: 10)
                let ticks = moment.ticks(of: due, waitingAtMost: 500)
                #expect((10...510).contains(ticks))
            }
        }
    }
}
