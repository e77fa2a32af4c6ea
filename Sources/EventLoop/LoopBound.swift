/// A value confined to one loop, in a wrapping that may cross threads.
///
/// It lets a `@Sendable` closure or a posted one name state of the loop it will run on. Opening it anywhere
/// but on that loop's thread is a broken invariant and ends the process. The last reference should be
/// dropped on the loop's thread.
public struct LoopBound<Value>: @unchecked Sendable {
    private let wrapped: Value
    private let post: PostBox

    public init(_ value: Value, loop: EventLoop) {
        wrapped = value
        post = loop.post
    }

    /// The value; only on the loop's thread.
    public var value: Value {
        precondition(post.isOnLoopThread, "a value bound to a loop was opened on another thread")
        return wrapped
    }
}
