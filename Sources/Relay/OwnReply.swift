public import Hiredis
public import RESP

/// Hands the reply to one of Freshet's own commands to a closure.
public final class OwnReply: ReplyTask {
    public typealias Handler = (Result<ReplyValue, LinkFailure>) -> Void
    private let handler: Handler
    public override var mayComeLate: Bool { isForLater }
    private let isForLater: Bool

    /// - Parameters:
    ///   - mayComeLate: whether nothing waits for the reply.
    ///   - handler: called once, with the reply (which may be an error reply) or why there is none.
    public init(mayComeLate: Bool = false, _ handler: @escaping Handler) {
        isForLater = mayComeLate
        self.handler = handler
    }

    public override var delivery: Delivery { .collect }

    public override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        if let value = ReplyValue(frame) {
            handler(.success(value))
        } else {
            handler(.failure(LinkFailure("a reply could not be read", sentNothing: false)))
        }
    }

    public override func lost(_ session: Session?, reason: LinkFailure) { handler(.failure(reason)) }
}
