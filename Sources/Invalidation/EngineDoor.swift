import Audit
import Bytes
import EventLoop
import Naming

extension Engine {
    /// How other threads hand work to the engine.
    public struct Door: Sendable {
        private let mailbox: Mailbox
        private let engine: LoopBound<Engine>
        /// What all threads may know of the queue.
        let signs: QueueSigns

        init(_ engine: Engine) {
            mailbox = engine.loop.mailbox
            self.engine = LoopBound(engine, loop: engine.loop)
            signs = engine.signs
        }

        /// Hands over a piece of work.
        ///
        /// `accepted` is called on the engine's loop once a crash can no longer lose it: when it is in the
        /// store, or when it has ended.
        func enqueue(_ work: Work, accepted: (@Sendable () -> Void)? = nil) {
            var work = work
            if let accepted { work.onAccepted.append(accepted) }
            post { [work] in $0.enqueue(work) }
        }

        /// Finishes what a cascade left undone.
        ///
        /// With `mayComeLate` it is done now and once more a little later: Redis may still be about to run
        /// what it got over a connection that is gone.
        func finish(
            _ cause: Cause, _ frontier: Frontier, parent: ULID?, rule: String? = nil, reached: Int = 0,
            mayComeLate: Bool = false, accepted: (@Sendable () -> Void)? = nil
        ) {
            var work = Work(.finish(frontier), cause, parent: parent, side: cause.side, rule: rule)
            work.reached = reached
            if let accepted { work.onAccepted = [accepted] }
            post { [work] in $0.finish(work, mayComeLate: mayComeLate) }
        }

        /// A cascade has done all that it was to do: dead letters that owe no more than that are gone.
        func succeeded(_ cascade: Cascade) {
            guard cascade.targetCount <= Work.mostJoined, cascade.targets.count == cascade.targetCount else {
                return
            }
            var frontier = Frontier()
            for target in cascade.targets {
                frontier.steps.append(
                    Frontier.Step(key: target.key, depth: target.depth, parent: "", origin: nil))
            }
            let followed = cascade.cause.keys + cascade.targets.map(\.key)
            frontier.roots = followed.map { Frontier.Root(key: $0, depth: 0) }
            frontier.takes = cascade.indexKeys.map {
                Frontier.Take(indexKey: $0, kind: .members, depth: 0, parent: "", origin: nil)
            }
            let cause = cascade.cause
            post { [frontier] engine in
                engine.queue.supersede(frontier.names(Work(.everything, cause, parent: nil).kin))
                engine.turn()
            }
        }

        /// Takes rules that have fired and that wait for something.
        func fire(_ firings: [Firing], _ cause: Cause, parent: ULID?, accepted: (@Sendable () -> Void)? = nil)
        {
            if firings.isEmpty { return }
            post { $0.fire(firings, cause, parent: parent, accepted: accepted) }
        }

        /// Invalidates every key that belongs to one of the index sets by its name.
        func scan(
            _ cause: Cause, for indexKeys: [ByteString], parent: ULID?,
            accepted: (@Sendable () -> Void)? = nil
        ) {
            enqueue(
                Work(.scan(Set(indexKeys)), cause, parent: parent, side: cause.side), accepted: accepted)
        }

        /// Runs `body` with the engine, on its loop.
        public func post(_ body: @escaping @Sendable (Engine) -> Void) {
            mailbox.post { body(engine.value) }
        }
    }
}
