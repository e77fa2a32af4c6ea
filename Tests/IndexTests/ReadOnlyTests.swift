import TestSupport
import Testing

@Suite("A primary that refuses writes")
struct ReadOnlyTests {
    @Test(
        "fault 187: a primary that became a replica is told of, and the proxy is not ready meanwhile"
    )
    func replica() throws {
        let (redis, other) = (try RedisServer(), try RedisServer())
        let alertmanager = try Alertmanager()
        let proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: """
                alertmanager \(alertmanager.url)
                alert-interval 1s
                alert-grace 100ms
                probe-interval 100ms
                depend page:{id} on product:{id}
                """)
        #expect(try proxy.metric("freshet_upstream_up{role=\"primary\"}") == 1)
        _ = try redis.command("REPLICAOF", "127.0.0.1", "\(other.port)")
        try waitUntil("it is not ready", withinMilliseconds: 30_000) {
            try AdminHTTP.get("/readyz", from: proxy.admin).status == 503
        }
        #expect(try AdminHTTP.get("/readyz?verbose", from: proxy.admin).body.contains("refuses writes"))
        #expect(try proxy.metric("freshet_upstream_up{role=\"primary\"}") == 0)
        try waitUntil("the alert fires", withinMilliseconds: 30_000) {
            try alertmanager.hasActive("FreshetUpstreamDown")
        }
        // Reads go on.
        let client = try RawClient(proxy.unix)
        #expect(try client.command("GET", "other") == .null)
        _ = try redis.command("REPLICAOF", "NO", "ONE")
        try waitUntil("it is ready again", withinMilliseconds: 30_000) {
            try AdminHTTP.get("/readyz", from: proxy.admin).status == 200
        }
        try waitUntil("the alert is resolved", withinMilliseconds: 30_000) {
            try !alertmanager.hasActive("FreshetUpstreamDown")
        }
    }
}
