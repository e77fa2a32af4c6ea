import TestSupport
import Testing

/// The proxy with a real Redis and a real Alertmanager.
@Suite struct ProcessTests {
    private static func configuration(_ alertmanager: Alertmanager, _ more: String = "") -> String {
        """
        alertmanager \(alertmanager.url)
        alert-interval 1s
        alert-grace 100ms
        alert-label team=shop
        probe-interval 100ms
        \(more)
        """
    }

    @Test("a Redis that stops fires in a real Alertmanager, is repeated, and is resolved when it is back")
    func redis() throws {
        let alertmanager = try Alertmanager()
        let redis = try RedisServer()
        let freshet = try FreshetProcess(upstream: redis.tcp, configuration: Self.configuration(alertmanager))
        #expect(try !alertmanager.hasActive("FreshetUpstreamDown"))
        redis.stop()
        try waitUntil("the alert fires", withinMilliseconds: 30_000) {
            try alertmanager.hasActive("FreshetUpstreamDown") && alertmanager.hasActive("FreshetNoUpstream")
        }
        let body = try alertmanager.alerts()
        for label in [
            "\"severity\":\"critical\"", "\"team\":\"shop\"", "\"side\":\"primary\"",
            "\"cluster\":\"127.0.0.1:\(redis.port)\"",
        ] { #expect(body.contains(label), "\(label) in \(body)") }
        #expect(try freshet.metric("freshet_alerts_firing{alert=\"FreshetNoUpstream\"}") == 1)

        let sent = try freshet.metric("freshet_alerts_sent_total{target=\"alertmanager\"}") ?? 0
        try waitUntil("it is repeated", withinMilliseconds: 30_000) {
            try (freshet.metric("freshet_alerts_sent_total{target=\"alertmanager\"}") ?? 0) >= sent + 4
        }
        try redis.start()
        try waitUntil("it is resolved", withinMilliseconds: 30_000) {
            try !alertmanager.hasActive("FreshetUpstreamDown") && !alertmanager.hasActive("FreshetNoUpstream")
        }
        #expect(try freshet.metric("freshet_alerts_firing{alert=\"FreshetNoUpstream\"}") == 0)
    }

    @Test("an Alertmanager that is down hears of everything once it is up, and each of several hears all")
    func late() throws {
        let (first, second) = (try Alertmanager(), try Alertmanager(starts: false))
        let redis = try RedisServer()
        let freshet = try FreshetProcess(
            upstream: redis.tcp, configuration: Self.configuration(first, "alertmanager \(second.url)"))
        redis.stop()
        try waitUntil("the first has it", withinMilliseconds: 30_000) {
            try first.hasActive("FreshetNoUpstream")
        }
        try waitUntil("the failure is counted", withinMilliseconds: 30_000) {
            let name = "freshet_alert_failures_total{target=\"alertmanager\",reason=\"connect\"}"
            return try (freshet.metric(name) ?? 0) >= 2
        }
        let lines = freshet.log.split(separator: "\n").filter { $0.contains("alerts cannot be sent") }
        #expect(lines.count == 1, "one line a minute: \(lines)")
        try second.start()
        try waitUntil("the second has it too", withinMilliseconds: 30_000) {
            try second.hasActive("FreshetNoUpstream")
        }
    }

    @Test("an alert of a proxy that was killed ends in the Alertmanager by itself")
    func killed() throws {
        let alertmanager = try Alertmanager()
        let redis = try RedisServer()
        let freshet = try FreshetProcess(upstream: redis.tcp, configuration: Self.configuration(alertmanager))
        redis.stop()
        try waitUntil("the alert fires", withinMilliseconds: 30_000) {
            try alertmanager.hasActive("FreshetNoUpstream")
        }
        try freshet.kill()
        try waitUntil("it ends without anybody to say so", withinMilliseconds: 30_000) {
            try !alertmanager.hasActive("FreshetNoUpstream")
        }
    }

    @Test("a reload that is refused fires, the next good one resolves it, and may name another Alertmanager")
    func reload() throws {
        let (first, second) = (try Alertmanager(), try Alertmanager())
        let redis = try RedisServer()
        let freshet = try FreshetProcess(upstream: redis.tcp, configuration: Self.configuration(first))
        let good = try FileSystem.readText(freshet.configurationPath)
        try FileSystem.write(good + "tagg a b\n", to: freshet.configurationPath)
        freshet.signal(1)
        try waitUntil("the refusal fires", withinMilliseconds: 30_000) {
            try first.hasActive("FreshetReloadFailed")
        }
        try FileSystem.write(good, to: freshet.configurationPath)
        freshet.signal(1)
        try waitUntil("it is resolved", withinMilliseconds: 30_000) {
            try !first.hasActive("FreshetReloadFailed")
        }
        let moved = good.replacing(first.url, with: second.url)
        try FileSystem.write(moved, to: freshet.configurationPath)
        #expect(try HiredisClient(freshet.admin).command("FRESHET", "RELOAD").text == "OK")
        redis.stop()
        try waitUntil("the new one has it", withinMilliseconds: 30_000) {
            try second.hasActive("FreshetNoUpstream")
        }
        #expect(try !first.hasActive("FreshetNoUpstream"))
    }

    @Test("an orderly stop resolves the alerts that are about the process alone")
    func stop() throws {
        let alertmanager = try Alertmanager()
        let redis = try RedisServer()
        let freshet = try FreshetProcess(
            upstream: redis.tcp,
            configuration: Self.configuration(alertmanager).replacing(
                "alert-interval 1s", with: "alert-interval 1m"))
        let good = try FileSystem.readText(freshet.configurationPath)
        try FileSystem.write(good + "tagg a b\n", to: freshet.configurationPath)
        freshet.signal(1)
        try waitUntil("the refusal fires", withinMilliseconds: 30_000) {
            try alertmanager.hasActive("FreshetReloadFailed")
        }
        freshet.signal(15)
        #expect(try freshet.waitForExit() == .code(0))
        #expect(try !alertmanager.hasActive("FreshetReloadFailed"))
    }

    @Test("FRESHET ALERTS lists what fires and who heard of it, and its TEST goes to everybody")
    func verb() throws {
        let alertmanager = try Alertmanager()
        let redis = try RedisServer()
        let freshet = try FreshetProcess(upstream: redis.tcp, configuration: Self.configuration(alertmanager))
        let client = try HiredisClient(freshet.admin)
        let answer = try client.command("FRESHET", "ALERTS", "TEST").flat
        #expect(answer.contains("accepted"), "\(answer)")
        #expect(try alertmanager.hasActive("FreshetTest"))
        let listing = try client.command("FRESHET", "ALERTS").flat
        for word in ["FreshetTest", "firing", alertmanager.url] {
            #expect(listing.contains(word), "\(listing)")
        }
        #expect(
            try client.command("FRESHET", "ALERTS", "TEST", "x").flat.contains("wrong number of arguments"))
        #expect(try client.command("FRESHET", "ALERTS", "X").flat.contains("expected TEST"))
    }

    @Test("tokens and the paths of webhooks are in no log, no listing and no error")
    func secrets() throws {
        let redis = try RedisServer()
        // It says back what it got, as a hostile one would.
        let hook = try HookServer { _, request in
            .status(
                500, headers: ["X-Echo: \(request.header("authorization") ?? "")"],
                body: request.headers.joined())
        }
        let directory = try TemporaryDirectory()
        let token = "sesame-open-token"
        try FileSystem.write(token + "\n", to: directory.path + "/token")
        let freshet = try FreshetProcess(
            upstream: redis.tcp,
            configuration: """
                alert-webhook \(hook.url)/hooks/hidden-path
                alert-webhook-token-file \(directory.path)/token
                log-level debug
                """)
        let client = try HiredisClient(freshet.admin)
        let answer = try client.command("FRESHET", "ALERTS", "TEST").flat
        #expect(answer.contains("status 500"), "\(answer)")
        let listing = try client.command("FRESHET", "ALERTS").flat
        try waitUntil("the log tells of it") { freshet.log.contains("alerts cannot be sent") }
        let shown = try FreshetProcess.run(["config", "show", freshet.configurationPath]).output
        #expect(hook.requests.first?.header("authorization") == "Bearer \(token)")
        #expect(hook.requests.first?.line == "POST /hooks/hidden-path HTTP/1.1")
        for text in [answer, listing, freshet.log, shown] {
            #expect(!text.contains(token))
            #expect(!text.contains("hidden-path"))
            #expect(text.contains("\(hook.port)"), "the destination is named without its secrets: \(text)")
        }
    }

    @Test("variables of the environment name no proxy")
    func environment() throws {
        let redis = try RedisServer()
        let (hook, proxy) = (try HookServer(), try HookServer())
        let freshet = try FreshetProcess(
            upstream: redis.tcp, configuration: "alert-webhook \(hook.url)/hook",
            environment: ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"].map { "\($0)=\(proxy.url)" })
        let answer = try HiredisClient(freshet.admin).command("FRESHET", "ALERTS", "TEST").flat
        #expect(answer.contains("accepted"), "\(answer)")
        #expect(hook.requests.count == 1)
        #expect(proxy.requests.isEmpty)
    }
}

extension Reply {
    /// All the texts in it, in order.
    fileprivate var flat: String {
        switch self {
        case .array(let elements): elements.map(\.flat).joined(separator: " ")
        case .integer(let value): "\(value)"
        default: text ?? ""
        }
    }
}
