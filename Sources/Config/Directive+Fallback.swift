import Bytes
import Naming

extension Directive {
    static let fallbackAndFailover: [Directive] = [
        fallback,
        scalar(
            "fallback-password-file", \.fallbackPasswordFile, .path, in: .fallback, reloadable: false,
            help: "A file whose content, without its last line end, is the password of the fallback's user.",
            example: "fallback-password-file /run/secrets/fallback-password"),
        scalar(
            "fallback-tls-server-name", \.fallbackTlsServerName, .serverName, in: .fallback,
            reloadable: false,
            help: "The name that the certificate of a rediss:// fallback must be for. When off, the host of "
                + "fallback. Authorities, certificate and key are those of upstream-tls-*.",
            example: "fallback-tls-server-name fallback.example.com"),
        scalar(
            "failover", \.failover, .choice, in: .fallback, reloadable: false,
            help: "What applications may do at the fallback while the primary is away: nothing (off), read, "
                + "or all. With reads, commands that may write are refused with READONLY. With anything but "
                + "off, the fallback's copy of every key that an application changes is removed, not only "
                + "of those that a convention speaks of. Empty the fallback before you turn it on.",
            example: "failover reads"),
        scalar(
            "failover-after", \.failoverAfter, .duration(.milliseconds(100)...(.seconds(3600))),
            in: .fallback, reloadable: true,
            help: "How long the primary must have been away before applications go to the fallback, and the "
                + "fallback before they go back early.",
            example: "failover-after 10s"),
        failbackAfter,
        scalar(
            "failover-pause", \.failoverPause, .duration(.milliseconds(10)...(.seconds(60))), in: .fallback,
            reloadable: true,
            help: "How long commands may wait while applications are moved: until replies that are due have "
                + "come and what is owed to the other Redis has been confirmed. When it is not done by then, "
                + "they stay where they were, and it is tried again later.",
            example: "failover-pause 1s"),
        scalar(
            "mirror-keys", \.mirrorKeys, .count(1...100_000_000, unit: "keys"), in: .fallback,
            reloadable: true,
            help: "How many keys changed at one Redis are remembered for the other while that one is away. "
                + "One more, and everything in their database there is removed instead, but for what protect "
                + "names.",
            example: "mirror-keys 100000"),
        scalar(
            "replay-window", \.replayWindow, .duration(.zero...(.seconds(600))), in: .fallback,
            reloadable: true,
            help: "After another Redis has taken over behind the same address (a promoted replica, a "
                + "restart), the invalidations of so long before are run again there, for it may have lost "
                + "them. Sentinel leaves links to the old one open for ten seconds: a window no longer "
                + "than that misses writes. 0s turns it off.",
            example: "replay-window 60s"),
        scalar(
            "replay-keys", \.replayKeys, .count(1...10_000_000, unit: "keys"), in: .fallback,
            reloadable: false,
            help: "How many different keys of the replay-window each worker remembers. Where it was more, "
                + "everything that a depend line or a rule can make stale is removed instead. Where "
                + "operators, rules and schedules have asked for more, so is everything that has a tag.",
            example: "replay-keys 100000"),
    ]

    private static let fallback = Directive(
        name: "fallback", section: .fallback, kind: .scalar, arguments: "URL|off", unit: nil,
        isReloadable: false,
        help: "A second Redis, written as upstream is. Whatever is invalidated is invalidated in both; what "
            + "one of them misses while it is away is queued for it.",
        example: "fallback redis://freshet:${REDIS_PASSWORD}@10.0.0.6:6379",
        binding: Binding(
            arity: 1...1,
            set: { settings, words throws(Diagnostic) in
                settings.fallback = words[0].text == "off" ? nil : try parseUpstream(words[0])
            },
            show: { settings, showSecrets in
                [
                    settings.fallback.map { Quotation.token(ByteString($0.url(showSecrets: showSecrets))) }
                        ?? "off"
                ]
            },
            isEqual: { $0.fallback == $1.fallback },
            copy: { $1.fallback = $0.fallback },
            clear: nil))

    private static let failbackAfter = Directive(
        name: "failback-after", section: .fallback, kind: .scalar, arguments: "MINIMUM MAXIMUM",
        unit: "duration", isReloadable: true,
        help: "How long the primary must have been well before applications go back to it: the first wait, "
            + "doubled up to the second each time it went away again within that second wait. What was "
            + "changed at the fallback is removed from the primary first.",
        example: "failback-after 30s 10m",
        binding: Binding(
            arity: 2...2,
            set: { settings, words throws(Diagnostic) in
                let limits = Duration.milliseconds(100)...(.seconds(86_400))
                settings.failbackAfter = try parseBackoff(words, within: limits)
            },
            show: { settings, _ in [render(settings.failbackAfter)] },
            isEqual: { $0.failbackAfter == $1.failbackAfter },
            copy: { $1.failbackAfter = $0.failbackAfter },
            clear: nil))
}
