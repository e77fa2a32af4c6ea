import ArgumentParser
import Metrics

/// Lists the metrics that the proxy exposes.
struct Metrics: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the metrics that the proxy exposes.")

    func run() { print(MetricCatalog.listing()) }
}
