import Testing

@testable import Metrics

@Suite struct ExpositionTests {
    private let requests = Metric.counter("test_requests_total", labels: ["path"], "Requests \\ by\npath")
    private let paused = Metric.counter("test_paused_seconds_total", scale: 1e-9, "Paused")
    private let size = Metric.gauge("test_size", "Size")
    private let latency = Metric.histogram(
        "test_latency_seconds", labels: ["kind"], buckets: [0.1, 1], "Latency")

    private func registry(_ limits: MetricsRegistry.Limits = .init()) -> MetricsRegistry {
        MetricsRegistry(metrics: [requests, paused, size, latency], limits: limits, ticks: { 0 })
    }

    @Test("a page has families by name, HELP and TYPE once, labels escaped and +Inf equal to the count")
    func golden() {
        let registry = registry()
        registry.counter(requests, "/b").add(3)
        registry.counter(requests, "/a\"\\\n").add()
        registry.counter(paused).add(1_500_000_000)
        registry.gauge(size).set(-2.5)
        let latency = registry.histogram(latency, "read")
        for value in [0.05, 0.1, 0.5, 7] { latency.observe(value) }
        #expect(
            registry.exposition() == """
                # HELP test_latency_seconds Latency
                # TYPE test_latency_seconds histogram
                test_latency_seconds_bucket{kind="read",le="0.1"} 2
                test_latency_seconds_bucket{kind="read",le="1"} 3
                test_latency_seconds_bucket{kind="read",le="+Inf"} 4
                test_latency_seconds_sum{kind="read"} 7.65
                test_latency_seconds_count{kind="read"} 4
                # HELP test_paused_seconds_total Paused
                # TYPE test_paused_seconds_total counter
                test_paused_seconds_total 1.5
                # HELP test_requests_total Requests \\\\ by\\npath
                # TYPE test_requests_total counter
                test_requests_total{path="/a\\"\\\\\\n"} 1
                test_requests_total{path="/b"} 3
                # HELP test_size Size
                # TYPE test_size gauge
                test_size -2.5

                """)
    }

    @Test("a metric that nobody looked up does not appear")
    func untouched() {
        #expect(registry().exposition().isEmpty)
    }

    @Test("fault 146: past the limit of values a label reads other, and one series collects the rest")
    func boundedValues() {
        let registry = registry(.init(valuesPerLabel: 2, seriesPerMetric: 10))
        for index in 0..<1000 { registry.counter(requests, "/\(index)").add() }
        let lines = registry.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                #"test_requests_total{path="/0"} 1"#, #"test_requests_total{path="/1"} 1"#,
                #"test_requests_total{path="other"} 998"#,
            ])
    }

    @Test("past the limit of series every label reads other")
    func boundedSeries() {
        let registry = registry(.init(valuesPerLabel: 100, seriesPerMetric: 1))
        registry.counter(requests, "/a").add()
        registry.counter(requests, "/b").add(5)
        registry.counter(requests, "/a").add()
        #expect(registry.exposition().contains("{path=\"/a\"} 2\n"))
        #expect(registry.exposition().contains("{path=\"other\"} 5\n"))
    }

    @Test("a callback is asked at each scrape, and nil leaves its sample out")
    func callbacks() {
        let registry = registry()
        registry.callback(size) { 42 }
        #expect(registry.exposition().contains("\ntest_size 42\n"))
        registry.callback(size) { nil }
        #expect(registry.exposition().isEmpty)
    }

    @Test(
        "numbers are written as Prometheus reads them",
        arguments: [
            (0.0, "0"), (5, "5"), (-1, "-1"), (0.001, "0.001"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"), (1e300, "1e+300"),
        ])
    func numbers(value: Double, text: String) {
        #expect(Exposition.number(value) == text)
    }
}
