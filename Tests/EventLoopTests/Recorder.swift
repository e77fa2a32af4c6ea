import Bytes
import EventLoop

/// Writes down what a stream tells, and passes it on to closures.
final class Recorder: StreamHandler {
    let stream: Stream
    var received: [UInt8] = []
    var receivedByteCount = 0
    var calls: [String] = []
    var closeReason: StreamError?
    var keepsBytes = true
    var onReceived: (Recorder) -> Void = { _ in }
    var onDrained: (Recorder) -> Void = { _ in }
    var onEnded: (Recorder) -> Void = { $0.stream.closeAfterFlush() }
    var onClosed: (Recorder) -> Void = { _ in }

    init(_ stream: Stream, _ configure: (Recorder) -> Void = { _ in }) {
        self.stream = stream
        configure(self)
        stream.attach(self)
    }

    func streamReceived(_ bytes: Span<UInt8>) {
        calls.append("received")
        receivedByteCount += bytes.count
        if keepsBytes { received += ByteString(bytes).bytes }
        onReceived(self)
    }

    func streamDrained() {
        calls.append("drained")
        onDrained(self)
    }

    func streamEnded() {
        calls.append("ended")
        onEnded(self)
    }

    func streamClosed(_ reason: StreamError?) {
        calls.append("closed")
        closeReason = reason
        onClosed(self)
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    func send(_ text: String) {
        stream.output.append(Array(text.utf8))
        stream.scheduleFlush()
    }
}

/// Sends everything back.
final class Echo: StreamHandler {
    let stream: Stream
    init(_ stream: Stream) {
        self.stream = stream
        stream.attach(self)
    }
    func streamReceived(_ bytes: Span<UInt8>) {
        stream.output.append(bytes)
        stream.scheduleFlush()
        if stream.pendingOutput > 1 << 20 { stream.pauseReading() }
    }
    func streamDrained() { stream.resumeReading() }
    func streamEnded() { stream.closeAfterFlush() }
    func streamClosed(_ reason: StreamError?) {}
}
