/// One set of label values of a family, and where its number comes from.
enum Series: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
    case rated(RatedCounter)
    /// Asked at each scrape; nil leaves the sample out.
    case callback(@Sendable () -> Double?)
}
