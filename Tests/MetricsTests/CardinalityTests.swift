import Testing

@testable import Metrics

@Suite struct CardinalityTests {
    @Test(
        "fault 146: a million distinct values of a label make a page of bounded size, and promtool is content"
    )
    func million() throws {
        let metric = Metric.counter("test_keys_total", labels: ["key"], "Keys")
        let registry = MetricsRegistry(metrics: [metric], limits: .init(), ticks: { 0 })
        let count = 1_000_000
        for number in 0..<count { registry.counter(metric, "key:\(number)").add() }
        let samples = registry.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
        let limits = MetricsRegistry.Limits()
        #expect(samples.count <= limits.valuesPerLabel + 1)
        let values = samples.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(values.reduce(0, +) == count)
        #expect(run("cat <<'END' | promtool check metrics\n\(registry.exposition())\nEND\n") == 0)
    }

    @Test("fault 145: labels hold whatever a name may hold without breaking the page")
    func hostileLabels() {
        let metric = Metric.counter("test_keys_total", labels: ["key"], "Keys")
        let registry = MetricsRegistry(metrics: [metric], limits: .init(), ticks: { 0 })
        for name in ["a\nb 1", "\"} 9\n", "\\", "<script>alert(1)</script>", "\u{1b}[2J", "ü"] {
            registry.counter(metric, name).add()
        }
        let lines = registry.exposition().split(separator: "\n")
        #expect(lines.count == 8)
        let samples = lines.filter { !$0.hasPrefix("#") }
        #expect(samples.allSatisfy { $0.hasPrefix("test_keys_total{key=\"") && $0.hasSuffix("\"} 1") })
        #expect(run("cat <<'END' | promtool check metrics\n\(registry.exposition())\nEND\n") == 0)
    }
}
