import EventLoop
import Metrics

/// Carries what a loop counts of its turns over to the metrics.
final class TurnPublisher {
    /// The longest turn is that of this many times of publishing: about a minute.
    private static let remembered = 240
    private let loop: EventLoop
    private let histogram: Histogram
    private let longest: Gauge
    private var counts: [UInt64]
    private var milliseconds: UInt64 = 0
    private var recent: [UInt64] = []
    private var next = 0

    /// - Parameter name: the value of the label `loop`.
    init(_ loop: EventLoop, name: String, metrics: MetricsRegistry) {
        self.loop = loop
        histogram = metrics.histogram(.loopTurns, name)
        longest = metrics.gauge(.longestTurn, name)
        counts = [UInt64](repeating: 0, count: loop.turns.counts.count)
    }

    func start() {
        loop.timer(afterMilliseconds: 250, everyMilliseconds: 250) { [self] in publish() }
    }

    private func publish() {
        let now = loop.turns.counts
        let total = loop.turns.milliseconds
        histogram.add(zip(now, counts).map { $0 &- $1 }, sum: Double(total &- milliseconds) / 1000)
        (counts, milliseconds) = (now, total)
        if recent.count < Self.remembered {
            recent.append(loop.turns.takeLongest())
        } else {
            recent[next] = loop.turns.takeLongest()
            next = (next + 1) % Self.remembered
        }
        longest.set(Double(recent.max() ?? 0) / 1000)
    }
}
