import Synchronization

/// All series of one metric; how many there may be is bounded.
///
/// Past the limit of distinct values a label reads `other`, and past the limit of series all labels do, so
/// that no input can grow the registry without end.
final class MetricFamily: Sendable {
    static let overflow = "other"

    let metric: Metric
    private let limits: MetricsRegistry.Limits
    private let state = Mutex(State())

    private struct State {
        var series: [[String]: Series] = [:]
        var valuesSeen: [Set<String>] = []
    }

    init(_ metric: Metric, limits: MetricsRegistry.Limits) {
        self.metric = metric
        self.limits = limits
    }

    /// The series of these label values, made by `make` when it is new.
    func series(_ values: [String], make: () -> Series) -> Series {
        state.withLock { state in
            let key = bounded(values, &state)
            if let known = state.series[key] { return known }
            let fresh = make()
            state.series[key] = fresh
            return fresh
        }
    }

    /// Puts `series` in the place of whatever these label values had.
    func replace(_ values: [String], with series: Series) {
        state.withLock { state in
            let key = bounded(values, &state)
            state.series[key] = series
        }
    }

    /// Every series, ordered by label values.
    func sorted() -> [(values: [String], series: Series)] {
        let all = state.withLock { $0.series }
        return all.map { (values: $0.key, series: $0.value) }
            .sorted { $0.values.lexicographicallyPrecedes($1.values) }
    }

    private func bounded(_ values: [String], _ state: inout State) -> [String] {
        precondition(
            values.count == metric.labels.count,
            "\(metric.name) has the labels \(metric.labels), but \(values.count) values were given")
        if state.series[values] != nil { return values }
        if state.valuesSeen.isEmpty { state.valuesSeen = Array(repeating: [], count: values.count) }
        var key = values
        for position in key.indices where !state.valuesSeen[position].contains(key[position]) {
            if state.valuesSeen[position].count < limits.valuesPerLabel {
                state.valuesSeen[position].insert(key[position])
            } else {
                key[position] = Self.overflow
            }
        }
        if state.series[key] != nil || state.series.count < limits.seriesPerMetric { return key }
        return key.map { _ in Self.overflow }
    }
}
