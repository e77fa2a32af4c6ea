import TestSupport
import Testing

/// The metrics that dashboards are built on: their names, labels and buckets, after real invalidations.
@Suite struct InvalidationMetricsTests {
    private static let conventions = """
        tag product:{id}:** product:{id}
        depend page:{lang}:product:{id} on product:{id}:price
        depend cart:{user}:total on cart:{user}:items
        """

    /// One sample of an exposition.
    private struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double

        init?(_ line: Substring) {
            guard line.first != "#", let space = line.lastIndex(of: " "),
                let value = Double(line[line.index(after: space)...])
            else { return nil }
            self.value = value
            let series = line[..<space]
            name = String(series.prefix { $0 != "{" })
            let pairs = series.dropFirst(name.count + 1).dropLast().split(separator: "\",")
            labels = Dictionary(
                pairs.map { pair in
                    let parts = pair.split(separator: "=\"", maxSplits: 1, omittingEmptySubsequences: false)
                    let value = parts.count > 1 ? parts[1] : ""
                    return (String(parts[0]), String(value.hasSuffix("\"") ? value.dropLast() : value))
                }, uniquingKeysWith: { first, _ in first })
        }
    }

    private static func samples(_ freshet: FreshetProcess) throws -> [Sample] {
        let page = try AdminHTTP.get("/metrics", from: freshet.admin).body
        let directory = try TemporaryDirectory()
        try FileSystem.write(page, to: directory.path + "/page")
        let (exit, output) = try ChildProcess.run(
            ["/bin/sh", "-c", "promtool check metrics <\(directory.path)/page"])
        #expect(exit == .code(0) && output.isEmpty, "promtool: \(output)")
        return page.split(separator: "\n").compactMap { Sample($0) }
    }

    private static func waitFor(
        _ what: String, _ freshet: FreshetProcess, _ condition: ([Sample]) -> Bool
    ) throws -> [Sample] {
        var found: [Sample] = []
        try waitUntil(what) {
            found = try samples(freshet)
            return condition(found)
        }
        return found
    }

    @Test("rates, totals, durations, depths and queue sizes have the promised names, labels and buckets")
    func names() throws {
        let redis = try RedisServer()
        let freshet = try FreshetProcess(upstream: redis.tcp, configuration: Self.conventions)
        let client = try HiredisClient(freshet.tcp)
        for key in ["cart:7:total", "page:en:product:1", "product:2:name", "product:2:stock"] {
            _ = try client.command("SET", key, "x")
        }
        _ = try client.command("SET", "cart:7:items", "2")
        _ = try client.command("SET", "product:1:price", "9")
        let admin = try HiredisClient(freshet.admin)
        _ = try admin.command("FRESHET", "INVALIDATE", "TAG", "product:2")
        _ = try admin.command("FRESHET", "INVALIDATE", "RELATED", "cart:7:items")

        let cluster = "127.0.0.1:\(redis.port)"
        let total = "cache_invalidations_total"
        let samples = try Self.waitFor("the counters", freshet) { samples in
            samples.contains { $0.name == total && $0.labels["type"] == "tag" && $0.value >= 2 }
                && samples.contains { $0.name == total && $0.labels["source"] == "mutation" && $0.value >= 2 }
        }
        for sample in samples where sample.name == total || sample.name == "cache_invalidations_per_second" {
            #expect(Set(sample.labels.keys) == ["type", "source", "cluster"])
            #expect(["key", "tag", "pattern", "related"].contains(sample.labels["type"] ?? ""))
            #expect(sample.labels["cluster"] == cluster)
        }
        #expect(samples.contains { $0.name == "cache_invalidations_per_second" && $0.value > 0 })
        #expect(
            Self.buckets(samples, "cache_invalidation_duration_seconds")
                == ["0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1", "2", "5", "+Inf"])
        #expect(
            Self.buckets(samples, "cache_invalidation_cascade_depth")
                == ["1", "2", "3", "5", "10", "20", "50", "+Inf"])
        for sample in samples where sample.name == "cache_invalidation_duration_seconds_sum" {
            #expect(Set(sample.labels.keys) == ["method", "result", "cluster"])
        }
        for sample in samples where sample.name == "cache_invalidation_cascade_depth_sum" {
            #expect(Set(sample.labels.keys) == ["trigger_type"])
        }
        let states = samples.filter { $0.name == "cache_invalidation_queue_size" }
        #expect(
            Set(states.compactMap { $0.labels["state"] }).isSuperset(of: ["pending", "retrying", "dead"]))
        #expect(states.allSatisfy { Set($0.labels.keys) == ["state"] })
    }

    private static func buckets(_ samples: [Sample], _ name: String) -> [String] {
        let all = samples.filter { $0.name == name + "_bucket" }
        let first = all.first?.labels.filter { $0.key != "le" }
        return all.filter { $0.labels.filter { $0.key != "le" } == first }.compactMap { $0.labels["le"] }
    }

    @Test("a failure names the convention's pattern and the kind of error, never a key")
    func failures() throws {
        let redis = try RedisServer()
        try redis.command("ACL", "SETUSER", "weak", "on", ">pw", "~*", "&*", "+@all", "-unlink")
        let freshet = try FreshetProcess(
            upstream: redis.tcp,
            configuration: Self.conventions + "\nupstream redis://weak:pw@127.0.0.1:\(redis.port)")
        let client = try HiredisClient(freshet.tcp)
        _ = try client.command("SET", "cart:secret-user:total", "1")
        _ = try client.command("SET", "cart:secret-user:items", "2")
        let name = "cache_invalidation_failures_total"
        let samples = try Self.waitFor("the failure", freshet) { $0.contains { $0.name == name } }
        let failures = samples.filter { $0.name == name }
        for failure in failures {
            #expect(
                failure.labels == [
                    "error_type": "NOPERM", "cluster": "127.0.0.1:\(redis.port)",
                    "key_pattern": "cart:{user}:total",
                ])
        }
        let page = try AdminHTTP.get("/metrics", from: freshet.admin).body
        #expect(!page.contains("secret-user"))
    }

    @Test("what another attempt has removed counts as a retry's")
    func retries() throws {
        let redis = try RedisServer()
        let freshet = try FreshetProcess(
            upstream: redis.tcp,
            configuration: """
                rule slow on source:{id} invalidate copy:{id} after 500ms
                retry-backoff 50ms..200ms
                retry-attempts 100
                """)
        let client = try HiredisClient(freshet.tcp)
        _ = try client.command("SET", "copy:7", "1")
        _ = try client.command("SET", "source:7", "1")
        try redis.command("CONFIG", "SET", "min-replicas-to-write", "1")
        _ = try Self.waitFor("an attempt in vain", freshet) { samples in
            samples.contains {
                $0.name == "freshet_queue_retries_total" && $0.labels["reason"] == "NOREPLICAS"
            }
        }
        #expect(try redis.command("EXISTS", "copy:7") == .integer(1))
        try redis.command("CONFIG", "SET", "min-replicas-to-write", "0")
        _ = try Self.waitFor("the one that succeeds", freshet) { samples in
            samples.contains {
                $0.name == "cache_invalidations_total" && $0.labels["source"] == "retry" && $0.value == 1
            }
        }
        #expect(try redis.command("EXISTS", "copy:7") == .integer(0))
    }
}
