import FoundationEssentials
import Testing

@testable import Metrics

@Suite struct CatalogTests {
    /// A registry in which every metric of the catalogue has a sample.
    private func full() -> MetricsRegistry {
        let registry = MetricsRegistry()
        registry.exposeProcess()
        for metric in MetricCatalog.all where !metric.name.hasPrefix("process_") {
            switch (metric.kind, metric.labels.count) {
            case (.counter, 0): registry.counter(metric).add(3)
            case (.counter, 1): registry.counter(metric, "a\"\\\n").add(3)
            case (.counter, 2): registry.counter(metric, "a", "b").add(3)
            case (.counter, _): registry.counter(metric, "a", "b", "c").add(3)
            case (.gauge, 0): registry.gauge(metric).set(0.25)
            case (.gauge, 1): registry.gauge(metric, "a").set(0.25)
            case (.gauge, _): registry.gauge(metric, "a", "b", "c").set(1)
            case (.histogram, 0): registry.histogram(metric).observe(0.003)
            case (.histogram, 1): registry.histogram(metric, "a").observe(3)
            case (.histogram, _): registry.histogram(metric, "a", "b", "c").observe(0.003)
            }
        }
        return registry
    }

    @Test("promtool has nothing to say about a page with every metric")
    func promtool() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/freshet-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let page = full().exposition()
        try page.write(toFile: directory + "/page", atomically: false, encoding: .utf8)
        let status = run("promtool check metrics < \(directory)/page > \(directory)/out 2>&1")
        let output = try String(contentsOfFile: directory + "/out", encoding: .utf8)
        #expect(status == 0, "\(output)")
        #expect(output.isEmpty, "\(output)")
        for metric in MetricCatalog.all { #expect(page.contains("# TYPE \(metric.name) ")) }
    }

    @Test("every name is declared once and is written as Prometheus wants it")
    func names() {
        #expect(Set(MetricCatalog.all.map(\.name)).count == MetricCatalog.all.count)
        for metric in MetricCatalog.all {
            #expect(metric.kind != .counter || metric.name.hasSuffix("_total"))
            #expect(metric.kind != .histogram || !metric.buckets.isEmpty)
            #expect(!metric.help.isEmpty && !metric.help.hasSuffix("."))
        }
    }

    @Test("the committed reference page is what the catalogue says")
    func page() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let committed = try String(
            contentsOf: root.appendingPathComponent("docs/metrics.md"), encoding: .utf8)
        #expect(committed == MetricCatalog.markdown())
    }

    @Test("the listing has a line for every metric")
    func listing() {
        let lines = MetricCatalog.listing().split(separator: "\n")
        #expect(lines.count == MetricCatalog.all.count)
        #expect(lines[0].hasPrefix("cache_invalidations_per_second{type,source,cluster}"))
    }

    @Test("the process metrics say something plausible")
    func process() throws {
        #expect(try #require(ProcessStatistics.cpuSeconds()) >= 0)
        #expect(try #require(ProcessStatistics.residentBytes()) > 1_000_000)
        #expect(try #require(ProcessStatistics.virtualBytes()) > 1_000_000)
        #expect(try #require(ProcessStatistics.openDescriptors()) >= 3)
        #expect(try #require(ProcessStatistics.maxDescriptors()) >= 3)
        #expect(try #require(ProcessStatistics.startSeconds()) > 1_600_000_000)
    }
}
