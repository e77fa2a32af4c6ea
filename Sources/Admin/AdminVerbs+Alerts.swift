import Alerts
import Bytes
import EventLoop
import Invalidation

extension AdminVerbs {
    static let alertsFamily = Family(
        name: "ALERTS",
        help: [
            "ALERTS",
            "    List what fires, since when, and how the Alertmanagers and webhooks are doing.",
            "ALERTS TEST",
            "    Send the alert FreshetTest everywhere and tell who accepted it.",
        ],
        run: { verbs, arguments, _, done in verbs.alerts(arguments, done) })

    private func alerts(_ arguments: [ByteString], _ done: @escaping (AdminReply) -> Void) {
        guard let verb = arguments.first else { return done(alertListing()) }
        guard verb.text.uppercased() == "TEST" else {
            return done(
                .error(
                    "ERR unknown subcommand '\(verb.description)' of FRESHET ALERTS: expected TEST or nothing"
                ))
        }
        guard arguments.count == 1 else { return done(Self.wrongArity("freshet|alerts|test")) }
        testAlerts(done)
    }

    private func alertListing() -> AdminReply {
        let listing = engine.alerts.listing
        return .pairs([
            ("alerts", .list(listing.items.map(Self.reply))),
            ("targets", .list(listing.destinations.map(Self.reply))),
        ])
    }

    private static func reply(_ item: AlertListing.Item) -> AdminReply {
        let labels = item.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return .pairs([
            ("alert", .text(ByteString(item.name))), ("state", .text(ByteString(item.state))),
            ("severity", .text(ByteString(item.severity.rawValue))),
            ("labels", .text(ByteString(labels.joined(separator: " ")))),
            ("since", .text(ByteString(item.since))),
            ("last-sent", .text(ByteString(item.lastSent ?? "never"))),
            ("description", .text(ByteString(item.description))),
        ])
    }

    private static func reply(_ destination: AlertListing.Destination) -> AdminReply {
        .pairs([
            ("target", .text(ByteString(destination.kind.rawValue))),
            ("url", .text(ByteString(destination.name))),
            ("last-accepted", .text(ByteString(destination.lastAccepted ?? "never"))),
            ("failures", .integer(destination.failures)),
            ("error", .text(ByteString(destination.error ?? ""))),
        ])
    }

    /// The answers come on the sender's thread; the reply goes back over this loop.
    private func testAlerts(_ done: @escaping (AdminReply) -> Void) {
        guard !engine.alerts.listing.destinations.isEmpty else {
            return done(
                .error("ERR freshet: there is nowhere to send to: give alertmanager or alert-webhook"))
        }
        let answer = LoopBound(done, loop: engine.loop)
        let mailbox = engine.loop.mailbox
        engine.alerts.test { results in
            mailbox.post {
                answer.value(
                    .pairs(results.map { ($0.name, .text(ByteString($0.failure ?? "accepted"))) }))
            }
        }
    }
}
