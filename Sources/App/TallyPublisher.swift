import Bytes
import Commands
import Invalidation
import Metrics
import Relay

/// Carries the counts of one loop over to the metrics, a few times a second.
final class TallyPublisher {
    private let worker: Worker
    private let invalidator: Invalidator
    private let metrics: MetricsRegistry
    private let status: Status
    private var published: [String: Int] = [:]
    private var commands: [Int] = []

    init(worker: Worker, invalidator: Invalidator, metrics: MetricsRegistry, status: Status) {
        self.worker = worker
        self.invalidator = invalidator
        self.metrics = metrics
        self.status = status
        // Looked up once at the start so that a scrape before the first event shows a zero.
        publish()
    }

    func publish() {
        worker.checkBuffers()
        let tally = worker.tally
        status.setClients(tally.sessionsOpen, worker: worker.number)
        count("accepted", tally.sessionsOpened, .connectionsTotal, "accepted")
        count("refused", tally.sessionsRefused, .connectionsTotal, "refused")
        count("client-in", tally.clientBytesIn, .bytesTotal, "client_in")
        count("upstream-in", tally.upstreamBytesIn, .bytesTotal, "upstream_in")
        count("desync", tally.desyncs, .upstreamErrors, "desync")
        count("protocol", tally.protocolErrors, .protocolErrors, "malformed")
        count("cross-protocol", tally.crossProtocol, .protocolErrors, "cross_protocol")
        count("opaque", tally.opaqueSessions, .opaqueConnections, "command")
        count("max-buffered-reply", tally.limits.bufferedReply, .limitsHit, "max-buffered-reply")
        count("max-buffered-request", tally.limits.bufferedRequest, .limitsHit, "max-buffered-request")
        count("client-output-limit", tally.limits.clientOutput, .limitsHit, "client-output-limit")
        count("client-stall-timeout", tally.limits.clientStall, .limitsHit, "client-stall-timeout")
        count("shared-stall-timeout", tally.limits.sharedStall, .limitsHit, "shared-stall-timeout")
        count("reply-stall-timeout", tally.limits.replyStall, .limitsHit, "reply-stall-timeout")
        count("links-stalled", tally.stalledLinks, .linksStalledTotal)
        gauge("links-stalled-now", tally.stalledNow, .linksStalled)
        status.setStall(worker.pool.stallProblem, worker: worker.number)
        count("buffer-limit", tally.limits.buffers, .limitsHit, "buffer-limit")
        count("hang-up-timeout", tally.limits.hangUps, .limitsHit, "hang-up-timeout")
        count("tcp-keepalive", tally.limits.silentPeers, .limitsHit, "tcp-keepalive")
        count("audit-queue", tally.limits.audit, .limitsHit, "audit-queue")
        gauge("buffered", worker.bufferedBytes, .bufferedBytes)
        count("reserved", tally.reservedRefusals, .reservedRefusals)
        count("invariants", tally.brokenInvariants, .brokenInvariants, "session")
        count("scripts", tally.scriptsWithoutKeys, .scriptsWithoutKeys)
        let openPinned = tally.pinnedLinks
        let idle = worker.pool.idleLinks
        gauge("links-shared", max(0, tally.linksOpen - openPinned - idle), .linksOpen, "shared")
        gauge("links-idle", idle, .linksOpen, "idle")
        gauge("links-pinned", openPinned, .linksOpen, "pinned")
        gauge("clients", tally.sessionsOpen, .connectionsOpen)
        publishPins(tally)
        publishIntents()
        publishCommands(tally.commands)
    }

    private func publishPins(_ tally: Tally) {
        for (reason, count) in zip(PinReasons.names, tally.pinnedSessions) {
            gauge("pinned-\(reason)", count, .pinnedSessions, reason)
        }
        gauge("pinned-blocking", tally.blockedSessions, .pinnedSessions, "blocking-command")
    }

    private func publishIntents() {
        guard let intents = invalidator.intents else { return }
        count("intents", Int(intents.noted), .intentsNoted)
        count("intents-failed", Int(intents.missed), .intentsFailed)
        count("invariants-intent", intents.strayTickets, .brokenInvariants, "intent")
        gauge("intents-open", intents.openCount, .intentsOpen)
        gauge("intents-bytes", intents.byteCount, .intentJournalBytes)
    }

    private func publishCommands(_ now: [Int]) {
        if commands.count != now.count {
            commands += Array(repeating: 0, count: max(0, now.count - commands.count))
        }
        let names = worker.commands.allNames
        for index in now.indices where now[index] > commands[index] {
            let isKnown = index < names.count
            metrics.counter(
                .commandsTotal, isKnown ? names[index].text : "other", isKnown ? "known" : "other"
            ).add(UInt64(now[index] - commands[index]))
            commands[index] = now[index]
        }
    }

    private func count(_ name: String, _ value: Int, _ metric: Metric, _ labels: String...) {
        let counter = labels.isEmpty ? metrics.counter(metric) : metrics.counter(metric, labels[0])
        counter.add(UInt64(max(0, value - published[name, default: 0])))
        published[name] = value
    }

    /// Adds the change since the last time, for several loops share the gauge.
    private func gauge(_ name: String, _ value: Int, _ metric: Metric, _ labels: String...) {
        let gauge = labels.isEmpty ? metrics.gauge(metric) : metrics.gauge(metric, labels[0])
        gauge.add(value - published[name, default: 0])
        published[name] = value
    }
}
