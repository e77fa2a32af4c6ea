/// The one list of metrics; what is not here cannot be measured.
public enum MetricCatalog {
    /// Every metric, in the order in which the reference page tells them.
    public static let sections: [(title: String, metrics: [Metric])] = [
        ("Invalidation", Metric.invalidation),
        ("Clients", Metric.clients),
        ("Upstream", Metric.upstream),
        ("Fallback", Metric.fallback),
        ("TLS", Metric.tls),
        ("Cascades and index", Metric.cascades),
        ("Drains", Metric.drain),
        ("Durability", Metric.durability),
        ("Schedules", Metric.schedules),
        ("Queue and audit", Metric.bookkeeping),
        ("Alerts", Metric.alerts),
        ("Configuration and build", Metric.configuration),
        ("Event loops", Metric.loops),
        ("Process", Metric.process),
    ]

    public static let all: [Metric] = sections.flatMap(\.metrics)

    /// One line per metric (name, type, labels, help), as `freshet metrics` prints them.
    public static func listing() -> String {
        let width = all.map { signature($0).utf8.count }.max() ?? 0
        return all.map { metric in
            let signature = signature(metric)
            let padding = String(repeating: " ", count: width - signature.utf8.count)
            let kind = metric.kind.rawValue + String(repeating: " ", count: 9 - metric.kind.rawValue.count)
            return "\(signature)\(padding)  \(kind)  \(metric.help)\n"
        }.joined()
    }

    /// The reference page, docs/metrics.md.
    public static func markdown() -> String {
        var page = """
            # Metrics

            Served at `/metrics` on the admin address in the Prometheus text format 0.0.4. This page is
            written from the list in `Sources/Metrics/MetricCatalog.swift`; `freshet metrics` prints the same.
            A metric appears when the part that feeds it starts. Label values are bounded: past the limit a
            label reads `other`.

            """
        for section in sections {
            page += "\n## \(section.title)\n\n| name | type | labels | meaning |\n|---|---|---|---|\n"
            for metric in section.metrics { page += row(metric) }
        }
        return page
    }

    private static func signature(_ metric: Metric) -> String {
        metric.labels.isEmpty ? metric.name : metric.name + "{" + metric.labels.joined(separator: ",") + "}"
    }

    private static func row(_ metric: Metric) -> String {
        let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
        let bounds = metric.buckets.map(Exposition.number).joined(separator: " ")
        let buckets = bounds.isEmpty ? "" : " Buckets: \(bounds)."
        return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help).\(buckets) |\n"
    }
}
