import EventLoop
import Invalidation
import Relay

/// All workers, as the engine commands them when applications are moved from one Redis to another.
final class Crew: ServingCrew {
    /// Counts down on the engine's loop.
    private final class Countdown {
        private var left: Int
        private let body: () -> Void

        init(_ count: Int, _ body: @escaping () -> Void) {
            left = count
            self.body = body
        }

        func tick() {
            left -= 1
            if left == 0 { body() }
        }
    }

    private final class Gathering {
        var excerpt = RecentMutations.Excerpt()
        var consulted = ConsultedSets.Excerpt()
    }

    private let loop: EventLoop
    private let workers: [WorkerUnit.Handle]

    init(loop: EventLoop, workers: [WorkerUnit.Handle]) {
        self.loop = loop
        self.workers = workers
    }

    func renew(_ reason: String) {
        for worker in workers { worker.post { $0.worker.pool.renew(reason) } }
    }

    func leave(
        _ reason: String, patienceMilliseconds: Int, refusingWrites: Bool, quiet: @escaping () -> Void
    ) {
        let countdown = LoopBound(Countdown(workers.count, quiet), loop: loop)
        let back = loop.mailbox
        for worker in workers {
            worker.post { unit in
                unit.worker.leave(
                    reason, patienceMilliseconds: patienceMilliseconds, refusingWrites: refusingWrites
                ) {
                    // The mailbox keeps the order: what was changed is told before.
                    unit.invalidator.tellNotes()
                    back.post { countdown.value.tick() }
                }
            }
        }
    }

    func serve(from side: Side, refusingWrites: Bool) {
        for worker in workers {
            worker.post { unit in
                let place: Destination.Place = side == .primary ? .primary : .fallback
                unit.worker.serve(
                    from: Destination(place, unit.worker.settings), refusingWrites: refusingWrites)
            }
        }
    }

    func mutations(since start: UInt64, _ done: @escaping (RecentMutations.Excerpt) -> Void) {
        let gathering = Gathering()
        let countdown = Countdown(workers.count) { done(gathering.excerpt) }
        let bound = LoopBound((gathering, countdown), loop: loop)
        let back = loop.mailbox
        for worker in workers {
            worker.post { unit in
                let excerpt = unit.invalidator.mutations(since: start)
                back.post {
                    let (gathering, countdown) = bound.value
                    gathering.excerpt.add(excerpt)
                    countdown.tick()
                }
            }
        }
    }

    func consulted(
        at side: Side, since start: UInt64, _ done: @escaping (ConsultedSets.Excerpt) -> Void
    ) {
        let gathering = Gathering()
        let countdown = Countdown(workers.count) { done(gathering.consulted) }
        let bound = LoopBound((gathering, countdown), loop: loop)
        let back = loop.mailbox
        for worker in workers {
            worker.post { unit in
                let excerpt = unit.invalidator.consultedSets(at: side, since: start)
                back.post {
                    let (gathering, countdown) = bound.value
                    gathering.consulted.add(excerpt)
                    countdown.tick()
                }
            }
        }
    }

    func lookBegins(at side: Side) {
        for worker in workers { worker.post { $0.invalidator.lookBegins(at: side) } }
    }
}
