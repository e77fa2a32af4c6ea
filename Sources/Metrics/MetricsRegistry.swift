/// Holds every number that is exposed, and writes them out for Prometheus.
///
/// Look a handle up once and keep it: a lookup takes a lock and hashes strings, a handle's use is one atomic
/// operation. A metric appears in the exposition from its first lookup on.
public final class MetricsRegistry: Sendable {
    /// How much the registry may grow through label values.
    public struct Limits: Sendable {
        /// Distinct values of one label; later ones read `other`.
        public var valuesPerLabel: Int
        /// Series of one metric; later ones read `other` in every label.
        public var seriesPerMetric: Int

        public init(valuesPerLabel: Int = 512, seriesPerMetric: Int = 4096) {
            self.valuesPerLabel = valuesPerLabel
            self.seriesPerMetric = seriesPerMetric
        }
    }

    private let families: [String: MetricFamily]
    private let ticks: @Sendable () -> UInt64

    /// Makes an empty registry for everything in `MetricCatalog`.
    public convenience init(limits: Limits = Limits()) {
        self.init(metrics: MetricCatalog.all, limits: limits, ticks: MonotonicTicks.now)
    }

    init(metrics: [Metric], limits: Limits, ticks: @escaping @Sendable () -> UInt64) {
        self.ticks = ticks
        families = Dictionary(
            uniqueKeysWithValues: metrics.map { ($0.name, MetricFamily($0, limits: limits)) })
    }

    /// The counter of these label values, in the catalogue's order of labels.
    public func counter(_ metric: Metric, _ values: String...) -> Counter {
        counter(metric, labels: values)
    }

    public func gauge(_ metric: Metric, _ values: String...) -> Gauge {
        let series = family(metric, .gauge).series(values) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = series else { preconditionFailure("\(metric.name) is a callback") }
        return gauge
    }

    public func histogram(_ metric: Metric, _ values: String...) -> Histogram {
        let series = family(metric, .histogram).series(values) {
            .histogram(Histogram(bounds: metric.buckets))
        }
        guard case .histogram(let histogram) = series else {
            preconditionFailure("\(metric.name) is not a histogram")
        }
        return histogram
    }

    /// A counter whose rate over the last ten seconds is exposed under a second name with the same labels.
    public func ratedCounter(_ total: Metric, rate: Metric, _ values: String...) -> RatedCounter {
        let counter = counter(total, labels: values)
        let series = family(rate, .gauge).series(values) {
            .rated(RatedCounter(total: counter, ticks: ticks))
        }
        guard case .rated(let rated) = series else { preconditionFailure("\(rate.name) is not a rate") }
        return rated
    }

    /// Has a counter or gauge asked for at each scrape; nil leaves it out. The last callback given counts.
    ///
    /// The closure runs on the scraping thread and must not wait.
    public func callback(_ metric: Metric, _ values: String..., read: @escaping @Sendable () -> Double?) {
        precondition(metric.kind != .histogram, "\(metric.name) is a histogram")
        family(metric, metric.kind).replace(values, with: .callback(read))
    }

    /// Everything in the Prometheus text format 0.0.4, ordered by name and label values.
    public func exposition() -> String {
        var text = Exposition()
        for name in families.keys.sorted() {
            guard let family = families[name] else { continue }
            text.append(family)
        }
        return text.text
    }

    /// What `exposition()` is to be served as.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private func counter(_ metric: Metric, labels values: [String]) -> Counter {
        let series = family(metric, .counter).series(values) { .counter(Counter()) }
        guard case .counter(let counter) = series else {
            preconditionFailure("\(metric.name) is a callback")
        }
        return counter
    }

    private func family(_ metric: Metric, _ kind: Metric.Kind) -> MetricFamily {
        precondition(metric.kind == kind, "\(metric.name) is a \(metric.kind), not a \(kind)")
        guard let family = families[metric.name] else {
            preconditionFailure("\(metric.name) is not in MetricCatalog.all")
        }
        return family
    }
}
