import TestSupport
import Testing

@testable import Alerts

/// The sender against destinations that behave as none should.
@Suite struct SenderTests {
    private static func webhook(_ server: HookServer, path: String = "/hook") -> AlertDestination {
        AlertDestination(.webhook, url: server.url + path, name: server.url)
    }

    /// Runs `body` with a sender that is stopped afterwards.
    private func with(
        _ options: AlertOptions, _ body: (AlertSender, Collected) throws -> Void
    ) throws {
        let collected = Collected()
        let sender = AlertSender(options) { collected.take($0) }
        defer { sender.stop(withinMilliseconds: 0) }
        try body(sender, collected)
    }

    @Test(
        "a webhook gets one request when an alert fires and one when it is resolved, with everything in them")
    func webhook() throws {
        let server = try HookServer()
        var options = AlertOptions.hasty(Self.webhook(server))
        options.labels = ["cluster": "shop", "team": "a \"quoted\" one"]
        options.runbook = "https://wiki.example.com/runbook"
        options.generator = "https://grafana.example.com/"
        try with(options) { sender, _ in
            sender.fire(.upstreamDown, labels: ["side": "primary"], detail: "it is gone")
            try waitUntil("the first request") { server.requests.count == 1 }
            sender.resolve(.upstreamDown, labels: ["side": "primary"])
            try waitUntil("the second request") { server.requests.count == 2 }
        }
        let (first, second) = (server.requests[0], server.requests[1])
        #expect(first.line == "POST /hook HTTP/1.1")
        #expect(first.header("content-type") == "application/json")
        #expect(first.header("authorization") == nil)
        #expect(first.body.hasPrefix("{\"status\":\"firing\","))
        #expect(first.body.contains("\"alertname\":\"FreshetUpstreamDown\""))
        #expect(first.body.contains("\"team\":\"a \\\"quoted\\\" one\""))
        #expect(first.body.contains("\"side\":\"primary\""))
        #expect(first.body.contains("\"description\":\"it is gone. "))
        #expect(
            first.body.contains("\"runbook_url\":\"https://wiki.example.com/runbook#freshetupstreamdown\""))
        #expect(first.body.contains("\"generatorURL\":\"https://grafana.example.com/\""))
        #expect(!first.body.contains("endsAt"))
        #expect(second.body.hasPrefix("{\"status\":\"resolved\","))
        #expect(second.body.contains("\"endsAt\":\""))
    }

    @Test("a destination that hangs delays no other")
    func hangs() throws {
        let silent = try HookServer { _, _ in .silence }
        let good = try HookServer()
        var options = AlertOptions.hasty(Self.webhook(silent), Self.webhook(good))
        options.timeoutMilliseconds = 300
        try with(options) { sender, collected in
            sender.fire(.reloadFailed)
            try waitUntil("the good one") { good.requests.count == 1 }
            try waitUntil("the timeout") { collected.failures.contains(.timeout) }
        }
    }

    @Test(
        "what a hostile destination answers is a failure of its kind, and the alert is sent till it is taken",
        arguments: [
            (HookServer.Answer.status(500), AlertFailure.Reason.server),
            (.status(400), .refused),
            (.close, .closed),
            (.flood, .tooLarge),
            (.raw("what?\r\n\r\n"), .other),
            (
                .raw(
                    "HTTP/1.1 200 OK\r\n"
                        + String(repeating: "X: \(String(repeating: "x", count: 4000))\r\n", count: 50)),
                .tooLarge
            ),
        ])
    func hostile(_ answer: HookServer.Answer, _ reason: AlertFailure.Reason) throws {
        let server = try HookServer { number, _ in number < 2 ? answer : .status(204) }
        try with(.hasty(Self.webhook(server))) { sender, collected in
            sender.fire(.reloadFailed)
            try waitUntil("it is accepted at last", withinMilliseconds: 30_000) { collected.recovered == 1 }
            #expect(collected.failures == [reason, reason])
            #expect(collected.logged == 1, "a failing destination has one line a minute")
        }
        #expect(server.requests.count == 3)
    }

    @Test("a redirect is not followed, wherever it leads")
    func redirect() throws {
        let other = try HookServer()
        let server = try HookServer { number, _ in
            number == 0 ? .status(307, headers: ["Location: \(other.url)/stolen"]) : .status(200)
        }
        try with(.hasty(Self.webhook(server))) { sender, collected in
            sender.fire(.reloadFailed)
            try waitUntil("the second attempt") { collected.recovered == 1 }
            #expect(collected.failures == [.redirect])
        }
        #expect(other.requests.isEmpty)
    }

    @Test("a token is read from its file for each request, and whatever is not one token is not sent")
    func token() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/token"
        try FileSystem.write("first-token\n", to: path)
        let server = try HookServer()
        var options = AlertOptions.hasty(Self.webhook(server))
        options.tokenFiles = [.webhook: path]
        try with(options) { sender, collected in
            sender.fire(.reloadFailed)
            try waitUntil("the first request") { server.requests.count == 1 }
            try FileSystem.write("second-token", to: path)
            sender.resolve(.reloadFailed)
            try waitUntil("the second request") { server.requests.count == 2 }
            try FileSystem.write("one\r\nX-Injected: two", to: path)
            sender.fire(.reloadFailed)
            try waitUntil("the failure") { collected.failures == [.token] }
        }
        #expect(
            server.requests.map { $0.header("authorization") } == [
                "Bearer first-token", "Bearer second-token",
            ])
    }

    @Test("a webhook behind TLS is verified against the authority that was given, and only against that")
    func encryption() throws {
        let certificates = try TestCertificates()
        let authority = try certificates.authority("authority")
        let pair = try certificates.certificate("hook", by: authority)
        let port = try Endpoint.freePort()
        let server = try ChildProcess(
            [
                "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", pair.certificate, "-key",
                pair.key, "-www",
            ],
            outputPath: certificates.directory.path + "/server.log")
        defer { server.terminate() }
        try waitUntil("the server") { (try? RawClient(.tcp(port))) != nil }
        var options = AlertOptions.hasty(
            AlertDestination(.webhook, url: "https://localhost:\(port)/", name: "hook"))
        try with(options) { sender, collected in
            sender.fire(.reloadFailed)
            try waitUntil("it is refused") { collected.failures.contains(.tls) }
            #expect(!collected.failures.contains { $0 != .tls })
        }
        options.authorityFile = authority.certificate
        try with(options) { sender, collected in
            sender.fire(.reloadFailed)
            // openssl's server knows no POST; what counts is that the handshake was not what failed.
            try waitUntil("an answer") {
                !collected.failures.isEmpty || sender.listing.destinations[0].lastAccepted != nil
            }
            #expect(!collected.failures.contains(.tls))
        }
    }

    @Test("a proxy that was configured is used")
    func proxy() throws {
        let server = try HookServer()
        let proxy = try HookServer()
        var options = AlertOptions.hasty(Self.webhook(server))
        options.proxy = proxy.url
        try with(options) { sender, _ in
            sender.fire(.reloadFailed)
            try waitUntil("the proxy is asked") { proxy.requests.count == 1 }
        }
        #expect(proxy.requests[0].line == "POST \(server.url)/hook HTTP/1.1")
        #expect(server.requests.isEmpty)
    }

    @Test("past the limit alerts are counted, not kept")
    func limit() throws {
        let server = try HookServer()
        var options = AlertOptions.hasty(Self.webhook(server))
        options.limit = 3
        try with(options) { sender, collected in
            for number in 1...10 { sender.fire(.dlqNotEmpty, labels: ["n": "\(number)"]) }
            try waitUntil("three requests") { server.requests.count == 3 }
            #expect(collected.refused == 7)
            #expect(sender.listing.items.count == 3)
        }
    }

    @Test("a stop resolves what concerns the process alone, and waits for nobody who does not answer")
    func stop() throws {
        let server = try HookServer()
        let collected = Collected()
        let sender = AlertSender(.hasty(Self.webhook(server))) { collected.take($0) }
        sender.fire(.reloadFailed)
        sender.fire(.noUpstream)
        try waitUntil("both are told") { server.requests.count == 2 }
        sender.stop(withinMilliseconds: 10_000)
        let bodies = server.requests.dropFirst(2).map(\.body)
        #expect(bodies.count == 1)
        #expect(bodies.allSatisfy { $0.contains("FreshetReloadFailed") && $0.contains("resolved") })
        sender.fire(.test)
        #expect(sender.listing.items.contains { $0.name == "FreshetNoUpstream" && $0.state == "firing" })

        let silent = try HookServer { _, _ in .silence }
        let other = AlertSender(.hasty(Self.webhook(silent))) { collected.take($0) }
        other.fire(.reloadFailed)
        try waitUntil("it is asked") { silent.requests.count == 1 }
        let before = Moment.now().monotonic
        other.stop(withinMilliseconds: 100)
        #expect(Moment.now().monotonic - before < 10_000)
    }

    @Test("a test alert tells of each destination whether it was accepted")
    func trial() throws {
        let good = try HookServer()
        let bad = try HookServer { _, _ in .status(500) }
        let options = AlertOptions.hasty(Self.webhook(good), Self.webhook(bad))
        try with(options) { sender, _ in
            let answers = Answers()
            sender.test { answers.take($0) }
            try waitUntil("the answer") { answers.taken != nil }
            let taken = try #require(answers.taken)
            #expect(taken[good.url] == .some(nil))
            #expect(taken[bad.url] == "it answers with status 500")
            try waitUntil("it is resolved by itself", withinMilliseconds: 30_000) {
                good.requests.contains { $0.body.contains("\"status\":\"resolved\"") }
            }
        }
    }
}
