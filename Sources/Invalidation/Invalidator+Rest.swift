import Commands
import Config
import EventLoop
import Naming
import Relay

/// Writes of very many keys, which are looked at in several ticks of the loop.
extension Invalidator {
    /// Goes on with more keys of a write that has happened, in a later tick.
    ///
    /// The reply waits for their records, and until `deadline` for their cascades.
    ///
    /// - Parameter planned: what the next keys owe, where that is known.
    func goOn(
        _ intent: WriteIntent, with rest: ArraySlice<WriteIntent.Key>, planned: WriteMutation?,
        _ ticket: IntentBook.Ticket?, _ held: HeldReply?, deadline: UInt64
    ) {
        let owesRecords = worker.conventions.usesIndex && rest.first?.role != .delete
        let waits = worker.settings.cascade == .beforeReply && worker.loop.nowMilliseconds < deadline
        let held = owesRecords || waits ? held : nil
        held?.retain()
        if let ticket { intents?.retain(ticket) }
        inNextTick { [weak self] in
            let next = planned ?? self?.next(of: intent, rest, ticket)
            next?.happened(held, deadline: deadline)
            if let ticket { self?.intents?.release(ticket) }
            held?.release()
        }
    }

    /// Looks at more keys of a write before it is sent, in a later tick.
    func planLater(
        _ intent: WriteIntent, _ rest: ArraySlice<WriteIntent.Key>, _ ticket: IntentBook.Ticket?,
        _ then: @escaping (WriteMutation?) -> Void
    ) {
        inNextTick { [weak self] in then(self?.next(of: intent, rest, ticket)) }
    }

    private func next(
        of intent: WriteIntent, _ rest: ArraySlice<WriteIntent.Key>, _ ticket: IntentBook.Ticket?
    ) -> WriteMutation? {
        var next = intent
        next.ridesAlong = false
        next.keys = Array(rest.prefix(Self.keysPerTick))
        return mutation(next, rest: rest.dropFirst(Self.keysPerTick), known: ticket)
    }

    private func inNextTick(_ body: @escaping () -> Void) {
        worker.workDue += 1
        worker.loop.timer(afterMilliseconds: 1) { [worker] in
            worker.workDue -= 1
            body()
        }
    }
}
