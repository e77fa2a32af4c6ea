import Bytes
import Commands
import RESP

/// Waits for the reply to EXEC or DISCARD.
final class EndOfTransactionTask: ReplyTask {
    private let transaction: Transaction
    /// Whether nothing of it runs.
    private let isDiscarded: Bool
    private var held: HeldReply?

    init(_ transaction: Transaction, isDiscarded: Bool = false) {
        self.transaction = transaction
        self.isDiscarded = isDiscarded
    }

    override var wantsElements: Bool { !isDiscarded }
    override var delivery: Delivery { !isDiscarded && transaction.showsName ? .collect : .forward }

    override func begin(_ session: Session?) {
        if held == nil, !transaction.mutations.isEmpty { held = session?.hold() }
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        let isOver = !reply.isError || reply.wordBegins(with: "EXECABORT")
        if !isOver { link.isTainted = true }
        var names: [Int: ByteString] = [:]
        if !isDiscarded, reply.type == ASCII.asterisk, reply.number >= 0 {
            let verdicts = reply.elements.map {
                ReplyVerdict(type: $0.type, number: $0.number, error: $0.error)
            }
            transaction.spareWhatFollows(verdicts)
            for (index, (item, verdict)) in zip(transaction.items, verdicts).enumerated() {
                if case .name = item, verdict.type != ASCII.minus { names[index] = session?.nameReply }
                settle(item, verdict, session, link)
            }
        } else {
            transaction.abandon(held: held)
        }
        if !frame.isEmpty {
            let frame = rewritten(frame, names)
            session?.deliver(frame.span)
        }
        held?.release()
        held = nil
    }

    /// The array `frame` with some of its elements replaced.
    private func rewritten(_ frame: Span<UInt8>, _ replacements: [Int: ByteString]) -> ByteString {
        guard !replacements.isEmpty, frame[0] == ASCII.asterisk else { return ByteString(frame) }
        var output = ByteBuffer()
        var start = 0
        while start < frame.count, frame[start] != ASCII.lineFeed { start += 1 }
        start += 1
        output.append(frame.extracting(0..<start))
        var scanner = ReplyScanner(maxDepth: Int.max)
        var index = 0
        while start < frame.count, case .complete(let end) = scanner.scan(frame, from: start) {
            if let name = replacements[index] {
                output.append(name)
            } else {
                output.append(frame.extracting(start..<end))
            }
            scanner.reset()
            start = end
            index += 1
        }
        return ByteString(output.span)
    }

    private func settle(
        _ item: Transaction.Item, _ verdict: ReplyVerdict, _ session: Session?, _ link: Link
    ) {
        let isError = verdict.type == ASCII.minus || verdict.type == 0x21
        switch item {
        case .plain, .name, .fresh: break
        case .mutation(let mutation):
            if let session { mutation.relocate(to: session.key.database) }
            mutation.settle(verdict, held: held)
        case .connection(let task):
            if isError { task.refused(by: link) } else if let session { task.apply(to: session, link) }
        case .flush(let task): if !isError { task.ran(session) }
        case .pin(let reasons): if !isError { session?.grant(reasons) }
        }
    }

    override func lost(_ session: Session?, reason: LinkFailure) {
        if !reason.mayHaveRun || isDiscarded {
            transaction.abandon(held: nil)
        } else {
            for item in transaction.items {
                if case .mutation(let mutation) = item { mutation.settle(nil, held: nil) }
                if case .flush(let task) = item { task.lost(session, reason: reason) }
            }
        }
        held?.release()
        held = nil
    }
}

extension Transaction {
    /// How many names are spared in one transaction, for all of its writes together: what is more goes
    /// without need.
    private static let mostSpared = 10_000

    var mutations: [Mutation] {
        items.compactMap { item in
            if case .mutation(let mutation) = item { mutation } else { nil }
        }
    }

    /// Tells each write of a source which keys were written after it, and are fresh.
    func spareWhatFollows(_ verdicts: [ReplyVerdict]) {
        var later: [ByteString] = []
        var left = Self.mostSpared
        for (item, verdict) in zip(items, verdicts).reversed() {
            if case .fresh(let keys, let rule) = item, rule.changed(verdict) { later += keys }
            guard case .mutation(let mutation) = item else { continue }
            if mutation.leadsOn, !later.isEmpty, later.count <= left {
                mutation.spare(later)
                left -= later.count
            }
            later += mutation.freshKeys(verdict)
        }
    }

    /// Nothing of it has run, or will.
    func abandon(held: HeldReply?) {
        for mutation in mutations { mutation.abandon(held: held) }
        items = []
    }
}
