/// What is known about a metric before anything is measured: its name, type, meaning, labels and buckets.
///
/// Every metric is declared once, in `MetricCatalog`; the exposition, the listing and the reference page read
/// it there.
public struct Metric: Sendable, Hashable {
    /// The exposition's word for how a metric behaves.
    public enum Kind: String, Sendable, Hashable {
        case counter, gauge, histogram
    }

    public let name: String
    public let kind: Kind
    /// One sentence, shown as HELP.
    public let help: String
    /// Names of the labels, in the order in which values are given.
    public let labels: [String]
    /// Upper bounds of a histogram's buckets, ascending, without +Inf.
    public let buckets: [Double]
    /// What a counted unit is worth in the exposed unit: 1e-9 for a counter of nanoseconds exposed in
    /// seconds.
    public let scale: Double

    static func counter(
        _ name: String, labels: [String] = [], scale: Double = 1, _ help: String
    ) -> Metric {
        Metric(name: name, kind: .counter, help: help, labels: labels, buckets: [], scale: scale)
    }

    static func gauge(_ name: String, labels: [String] = [], _ help: String) -> Metric {
        Metric(name: name, kind: .gauge, help: help, labels: labels, buckets: [], scale: 1)
    }

    static func histogram(
        _ name: String, labels: [String] = [], buckets: [Double], _ help: String
    ) -> Metric {
        Metric(name: name, kind: .histogram, help: help, labels: labels, buckets: buckets, scale: 1)
    }
}
