import Synchronization
import Testing

@testable import Metrics

@Suite struct HandleTests {
    @Test("a value equal to a bound belongs to that bound, one above the last to none, NaN is ignored")
    func edges() {
        let histogram = Histogram(bounds: [1, 2, 3])
        for value in [-1, 1, 1.0000001, 2, 3, 3.1, .infinity, .nan] { histogram.observe(value) }
        #expect(histogram.bucketCounts == [2, 2, 1, 2])
        #expect(histogram.count == 7)
        #expect(histogram.sum == .infinity)
    }

    @Test("concurrent use loses nothing")
    func exactness() async {
        let counter = Counter()
        let gauge = Gauge()
        let histogram = Histogram(bounds: [1, 10])
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for index in 0..<10_000 {
                        counter.add(2)
                        gauge.add(worker % 2 == 0 ? 1 : -1)
                        histogram.observe(Double(index % 3) * 5)
                    }
                }
            }
        }
        #expect(counter.value == 160_000)
        #expect(gauge.value == 0)
        #expect(histogram.bucketCounts == [26672, 53328, 0])
        #expect(histogram.sum == Double(8 * (3333 * 5 + 3333 * 10)))
    }

    @Test("a rate is the sum of the last ten seconds, and old slots are forgotten, also when the ring wraps")
    func rate() {
        let clock = TestClock()
        let rated = RatedCounter(total: Counter(), ticks: { clock.ticks })
        clock.ticks = 1000
        rated.add(50)
        clock.ticks = 1050
        rated.add(50)
        #expect(rated.perSecond == 10)
        clock.ticks = 1099
        #expect(rated.perSecond == 10)
        clock.ticks = 1100
        #expect(rated.perSecond == 5)
        clock.ticks = 1000 + 128
        rated.add(10)
        #expect(rated.perSecond == 6)
        clock.ticks = 5000
        #expect(rated.perSecond == 0)
        #expect(rated.total.value == 110)
    }

    @Test("the same labels give the same handle")
    func identity() {
        let registry = MetricsRegistry()
        registry.counter(.commandsTotal, "get", "read").add(1)
        #expect(registry.counter(.commandsTotal, "get", "read").value == 1)
        #expect(registry.counter(.commandsTotal, "set", "write").value == 0)
    }

    private final class TestClock: Sendable {
        private let value = Atomic<UInt64>(0)
        var ticks: UInt64 {
            get { value.load(ordering: .relaxed) }
            set { value.store(newValue, ordering: .relaxed) }
        }
    }
}
