import Bytes
import RESP
import Relay

/// Waits for the replies to the records of one write, which come in the order of its plan.
final class RecordTask: ReplyTask {
    enum Phase { case before, look, after }

    enum Answer {
        case number(Int)
        case problem(String)
    }

    private let mutation: WriteMutation
    private let phase: Phase
    private var next = 0

    init(_ mutation: WriteMutation, _ phase: Phase) {
        self.mutation = mutation
        self.phase = phase
    }

    override var delivery: Delivery { .discard }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard reply.type == ASCII.colon else {
            return tell(.problem("Redis refused a record of the index: \(reply.wordText)"))
        }
        tell(.number(reply.number))
    }

    override func lost(_ session: Session?, reason: LinkFailure) {
        tell(.problem("a record of the index was lost with its link"))
    }

    private func tell(_ answer: Answer) {
        next += 1
        mutation.answered(phase, next - 1, answer)
    }
}
