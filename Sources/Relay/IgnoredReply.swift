/// Gets a reply that nobody needs.
public final class IgnoredReply: ReplyTask {
    public override var delivery: Delivery { .discard }
    public override var mayComeLate: Bool { true }
}
