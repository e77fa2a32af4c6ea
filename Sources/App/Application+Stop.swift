import Audit
import Config
import EventLoop
import Invalidation
import Logging
import Relay
import Threads

extension Application {
    /// Begins an orderly stop; asked again, stops at once.
    func stopRequested() {
        switch phase {
        case .starting: stopNow()
        case .draining, .stopping:
            LastResort.arm(shared.log)
            stopNow()
        case .running:
            phase = .draining
            shared.status.update { $0.isDraining = true }
            let settings = configuration.settings
            shared.log.notice(
                "draining",
                metadata: [
                    "clients": "\(shared.status.clients)", "delay": "\(settings.drainDelay.milliseconds)ms",
                ])
            supervisor.tell("STOPPING=1\nSTATUS=draining")
            let delay = settings.drainDelay.milliseconds
            drainEnds = loop.nowMilliseconds + UInt64(delay + settings.drainTimeout.milliseconds)
            guard delay > 0 else { return drain() }
            loop.timer(afterMilliseconds: delay) { [weak self] in self?.drain() }
        }
    }

    private func drain() {
        guard phase == .draining else { return }
        engine?.post { $0.divert() }
        for worker in workers { worker.post { $0.drain() } }
        countUnfinished()
    }

    /// Asks every loop what it has still to do, and stops when it is nothing or `drain-timeout` has passed.
    private func countUnfinished() {
        guard phase == .draining, let engine else { return }
        guard loop.nowMilliseconds < drainEnds else {
            shared.log.warning(
                "drain-timeout has passed: clients are closed",
                metadata: ["clients": "\(shared.status.clients)"])
            return stopNow()
        }
        let count = UnfinishedCount(waitsFor: workers.count + 1)
        let (mailbox, app) = (loop.mailbox, LoopBound(self, loop: loop))
        let add: @Sendable (Int) -> Void = { number in
            guard let sum = count.add(number) else { return }
            mailbox.post { app.value.counted(sum) }
        }
        for worker in workers { worker.post { add($0.unfinished) } }
        engine.post { add($0.engine.unfinished) }
    }

    /// Nothing must have been found twice: between two answers work may have passed from a worker to the
    /// engine.
    private func counted(_ unfinished: Int) {
        guard phase == .draining else { return }
        emptyCounts = unfinished == 0 ? emptyCounts + 1 : 0
        if emptyCounts == 2 { return stopNow() }
        loop.timer(afterMilliseconds: unfinished == 0 ? 0 : 20) { [weak self] in self?.countUnfinished() }
    }

    func stopNow() {
        guard phase != .stopping else { return }
        phase = .stopping
        supervisor.tell("STOPPING=1")
        for worker in workers {
            worker.post { [unitsEnded] in
                $0.stop()
                unitsEnded.post()
            }
        }
        engine?.post { [unitsEnded] in
            $0.stop()
            unitsEnded.post()
        }
        if failure == nil { shared.log.notice("freshet stopped") }
        loop.timer(afterMilliseconds: 20) { [loop] in loop.stop() }
    }
}
