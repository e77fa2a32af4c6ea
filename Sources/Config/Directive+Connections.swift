import Bytes
import Naming

extension Directive {
    static let connectionsAndLinks: [Directive] = [
        scalar(
            "connections", \.connections, .choice, in: .connections, reloadable: false,
            help: "With shared, stateless commands of many sessions travel pipelined on a few links, "
                + "which is where the speed comes from; a session gets a link of its own only while the "
                + "protocol demands it. With dedicated, every session has its own link from its first "
                + "byte.",
            example: "connections dedicated"),
        scalar(
            "links-per-group", \.linksPerGroup, .count(1...64, unit: "links"), in: .connections,
            reloadable: false,
            help: "The most shared links of each worker to Redis for each group: sessions with the same "
                + "protocol version, database and identity. The next is opened when 256 replies are due on "
                + "each of those there are.",
            example: "links-per-group 4"),
        scalar(
            "idle-pinned-links", \.idlePinnedLinks, .count(0...10_000, unit: "links"), in: .connections,
            reloadable: false,
            help: "Pinned links that each worker keeps open and idle for the next transaction or blocking "
                + "command.",
            example: "idle-pinned-links 64"),
        scalar(
            "script-links", \.scriptLinks, .count(1...1024, unit: "links"), in: .connections,
            reloadable: true,
            help: "The most links of each worker, for each group, on which scripts and functions of sessions "
                + "that share links travel. A script takes one without replies due, so that nothing waits "
                + "behind it; when there is none, it waits behind the fewest.",
            example: "script-links 32"),
        scalar(
            "link-patience", \.linkPatience, .duration(.milliseconds(10)...(.seconds(60))),
            in: .connections, reloadable: true,
            help: "How long a shared link may owe replies in silence before Redis is asked over another "
                + "link. If it answers there, the silent link leaves sharing. Where Redis holds back "
                + "commands of some kind (CLIENT PAUSE), each session has a link of its own until that is "
                + "over.",
            example: "link-patience 250ms"),
        scalar(
            "connect-timeout", \.connectTimeout, .duration(.milliseconds(1)...(.seconds(600))),
            in: .connections,
            reloadable: false,
            help:
                "How long opening a link may take, the name lookup apart. The name is looked up for each "
                + "link, and its addresses are tried in turn.",
            example: "connect-timeout 250ms"),
        backoff,
        scalar(
            "tcp-keepalive", \.tcpKeepalive, .duration(.zero...(.seconds(86_400))), in: .connections,
            reloadable: false,
            help: "How long the system at the other end of a TCP connection may be silent before the "
                + "connection counts as dead, for clients and links alike. An idle one is probed after half "
                + "of that; one that owes an acknowledgement is given all of it. A client that is alive and "
                + "does not read is not dead. 0s turns both off.",
            example: "tcp-keepalive 60s"),
        scalar(
            "hang-up-timeout", \.hangUpTimeout, .duration(.milliseconds(10)...(.seconds(600))),
            in: .connections, reloadable: true,
            help: "How long the replies that are due on a link of its own to a client that hung up are still "
                + "read: they tell whether Redis did or refused what the client asked for last. A write that "
                + "is not answered by then counts as done.",
            example: "hang-up-timeout 2s"),
        scalar(
            "probe-interval", \.probeInterval, .duration(.milliseconds(100)...(.seconds(3600))),
            in: .connections, reloadable: true,
            help: "How often Freshet asks Redis whether it serves (PING), whether it is still the same one "
                + "and still the master, and what it has evicted (INFO).",
            example: "probe-interval 5s"),
        scalar(
            "probe-timeout", \.probeTimeout, .duration(.milliseconds(100)...(.seconds(3600))),
            in: .connections, reloadable: true,
            help:
                "How long Redis may leave a probe unanswered before /readyz says 503. Clients go on waiting, "
                + "as they would without a proxy.",
            example: "probe-timeout 10s"),
        scalar(
            "drain-delay", \.drainDelay, .duration(.zero...(.seconds(3600))), in: .connections,
            reloadable: true,
            help: "How long an orderly stop goes on accepting after /readyz began to say 503, for load "
                + "balancers to notice.",
            example: "drain-delay 5s"),
        scalar(
            "drain-timeout", \.drainTimeout, .duration(.zero...(.seconds(3600))), in: .connections,
            reloadable: true,
            help: "How long an orderly stop waits for replies in flight before it closes what is left. "
                + "Keep it below the pod's terminationGracePeriodSeconds.",
            example: "drain-timeout 10s"),
    ]

    private static let backoff = Directive(
        name: "reconnect-backoff", section: .connections, kind: .scalar, arguments: "MINIMUM MAXIMUM",
        unit: "duration", isReloadable: false,
        help: "How long to wait before the next attempt to reach Redis: the first wait, doubled after "
            + "each failure up to the second, with jitter.",
        example: "reconnect-backoff 100ms 5s",
        binding: Binding(
            arity: 2...2,
            set: { settings, words throws(Diagnostic) in
                let limits = Duration.milliseconds(1)...(.seconds(600))
                settings.reconnectBackoff = try parseBackoff(words, within: limits)
            },
            show: { settings, _ in [render(settings.reconnectBackoff)] },
            isEqual: { $0.reconnectBackoff == $1.reconnectBackoff },
            copy: { $1.reconnectBackoff = $0.reconnectBackoff },
            clear: nil))

    static func render(_ backoff: Settings.Backoff) -> String {
        "\(DurationText.render(backoff.minimum)) \(DurationText.render(backoff.maximum))"
    }

    static func parseBackoff(
        _ words: [Word], within limits: ClosedRange<Duration>
    ) throws(Diagnostic) -> Settings.Backoff {
        let parameter = Parameter<Duration>.duration(limits)
        let minimum = try parameter.parse(words[0])
        let maximum = try parameter.parse(words[1])
        guard minimum <= maximum else {
            throw words[1].unexpected("a maximum of at least the minimum \(DurationText.render(minimum))")
        }
        return Settings.Backoff(minimum: minimum, maximum: maximum)
    }
}
