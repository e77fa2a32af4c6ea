/// What a stream tells its user, always on the loop's thread.
public protocol StreamHandler: AnyObject {
    /// Bytes arrived: at most `EventLoop.scratchByteCount` a call, one call per stream and tick.
    ///
    /// The span is the loop's scratch buffer and is valid only during the call: copy what must stay.
    func streamReceived(_ bytes: Span<UInt8>)

    /// Everything is sent after a time in which the kernel had refused bytes.
    ///
    /// Not called for output that was taken whole at the end of its tick, unless `tellWhenSent()` asked for
    /// that.
    func streamDrained()

    /// The peer sent its last byte; it may still read.
    ///
    /// The stream stays open for output until the handler closes it.
    func streamEnded()

    /// The stream is closed; `reason` is nil when `close()` or `closeAfterFlush()` did it, or the loop
    /// stopped.
    ///
    /// Called exactly once and last, at the end of a tick, never from inside a call into the stream.
    func streamClosed(_ reason: StreamError?)
}
