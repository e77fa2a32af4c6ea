public import Bytes
import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A connected, non-blocking stream socket of one loop.
///
/// The loop keeps an open stream alive, and the stream its handler, until `streamClosed` has returned.
/// Reading starts with `attach`. Each tick takes at most one `recv` and one `send`, so no stream can starve
/// the others.
///
/// A stream that neither reads (paused, or its peer has ended) nor waits to send does not ask the kernel
/// for anything: it notices a hang-up when reading resumes or output is sent.
@safe public final class Stream: LoopResident {
    enum Phase { case open, finishing, closed }

    /// Bytes to send: append, then `scheduleFlush()`. It owns memory only while bytes wait.
    public var output = ByteBuffer()

    /// The address of the other end; for an accepted Unix socket, the path it connected to.
    public let peer: SocketAddress

    /// The socket, for options and diagnostics while the stream is open; it belongs to the stream.
    public let descriptor: Int32

    private var phase = Phase.open
    private(set) var wantsInput = false
    private var hasInputEnded = false
    private var isFlushScheduled = false
    /// The kernel took less than it was given: sending waits for writability.
    var isBlocked = false
    private var mustShutDownWrite = false
    private var mustTellWhenSent = false
    var watched: Poll.Events = []
    /// Sending is over because of this, but what the peer sent before may still be read.
    private var brokenBy: StreamError?
    private var closeReason: StreamError?
    private var handler: (any StreamHandler)?
    private let transport: PlainTransport
    /// What encrypts the stream; nil on a plain one, whose path costs no more than that look.
    var tls: TLSChannel?
    unowned(unsafe) let loop: EventLoop
    private var poll: Poll?

    /// Takes over a connected socket, which is closed with the stream, or at once when this throws.
    public init(adopting descriptor: Int32, peer: SocketAddress, loop: EventLoop) throws(StreamError) {
        self.descriptor = descriptor
        self.peer = peer
        transport = PlainTransport(descriptor: descriptor)
        unsafe self.loop = loop
        do {
            poll = try Poll(descriptor: descriptor, loop: loop, owner: self)
        } catch {
            phase = .closed
            closeDescriptor(descriptor)
            throw error
        }
        if peer.family != AF_UNIX { SocketOption.noDelay(descriptor) }
    }

    /// Whether neither side has closed the stream for good; a half-closed stream is open.
    public var isOpen: Bool { phase != .closed }

    var hasHandler: Bool { handler != nil }

    /// Bytes not yet taken by the kernel.
    public var pendingOutput: Int { output.count }

    /// The address of this end.
    public var local: SocketAddress? { isOpen ? SocketAddress.local(of: descriptor) : nil }

    /// Sets who is told about this stream, and starts reading the first time.
    ///
    /// A stream that closed in an earlier tick tells nobody any more: attach in the call that handed the
    /// stream over.
    public func attach(_ handler: any StreamHandler) {
        guard poll != nil else { return }
        let isFirst = self.handler == nil
        self.handler = handler
        if isFirst { resumeReading() }
    }

    // MARK: Reading

    /// Leaves what the peer sends in the kernel, which in time makes the peer wait.
    public func pauseReading() {
        wantsInput = false
        if let brokenBy { return close(because: brokenBy) }
        updateWatch()
    }

    /// Reads again after `pauseReading()`.
    public func resumeReading() {
        guard phase == .open, !hasInputEnded, handler != nil else { return }
        wantsInput = true
        updateWatch()
        if tls != nil { readMoreLater() }
    }

    func updateWatch() {
        guard phase != .closed else { return }
        var events: Poll.Events = []
        if wantsInput { events.insert(.readable) }
        if isBlocked { events.insert(.writable) }
        if let tls { events = tls.events(wantsInput: wantsInput, isBlocked: isBlocked) }
        guard events != watched else { return }
        watched = events
        unsafe poll?.wait(for: events) { handle, status, events in
            unsafe Unmanaged<Stream>.fromOpaque(handle!.pointee.data)
                ._withUnsafeGuaranteedRef { $0.becameReady(status, Poll.Events(rawValue: events)) }
        }
    }

    private func becameReady(_ status: Int32, _ events: Poll.Events) {
        if tls != nil { return becameReadyEncrypted(status, events) }
        if status < 0 { return recoverWatch() }
        if events.contains(.readable), wantsInput { receive() }
        if events.contains(.writable), isBlocked { sendBlocked() }
    }

    /// libuv gives up a watch when the socket has an error; the bytes that came before it are still there.
    func recoverWatch() {
        watched = []
        guard wantsInput else {
            let code = SocketOption.takeError(descriptor)
            return close(
                because: StreamError(code: code == 0 ? EPIPE : code, context: "connection to \(peer) lost"))
        }
        receive()
        updateWatch()
    }

    func receive() {
        let scratch = unsafe loop.scratch
        switch unsafe receive(into: scratch) {
        case .bytes(let count):
            let bytes = unsafe UnsafeRawBufferPointer(start: scratch, count: count)
            unsafe handler?.streamReceived(bytes.assumingMemoryBound(to: UInt8.self).span)
        case .wouldBlock: break
        case .ended: inputEnded()
        case .failed(let code):
            close(because: brokenBy ?? failure(code, "cannot read from \(peer)"))
        }
    }

    @inline(__always)
    private func receive(into scratch: UnsafeMutableRawPointer) -> TransferResult {
        if let tls { return unsafe tls.receive(into: scratch, count: EventLoop.scratchByteCount) }
        return unsafe transport.receive(into: scratch, count: EventLoop.scratchByteCount)
    }

    private func failure(_ code: Int32, _ context: String) -> StreamError {
        StreamError(code: code, context: context, detail: code == EPROTO ? tls?.failure : nil)
    }

    private func inputEnded() {
        hasInputEnded = true
        wantsInput = false
        if let brokenBy { return close(because: brokenBy) }
        updateWatch()
        handler?.streamEnded()
    }

    // MARK: Writing

    /// Sends `output` at the end of this tick; what the kernel does not take follows when it can.
    public func scheduleFlush() {
        guard !isFlushScheduled, !isBlocked, phase != .closed, unsafe loop.isAccepting else { return }
        isFlushScheduled = true
        unsafe loop.flushQueue.append(Unmanaged.passUnretained(self))
    }

    /// Asks for one `streamDrained` when all of `output` is sent, also if the kernel takes it at once.
    public func tellWhenSent() {
        mustTellWhenSent = true
        scheduleFlush()
    }

    func flushAtTickEnd() {
        isFlushScheduled = false
        guard phase != .closed, !isBlocked else { return }
        sendOnce()
        if mustTellWhenSent, output.isEmpty, phase == .open, brokenBy == nil { tellDrained() }
        if !output.isEmpty, !isBlocked, brokenBy == nil, phase != .closed {
            isBlocked = true
            updateWatch()
        } else if mustTellWhenSent, output.isEmpty {
            tellDrained()
        }
    }

    func sendBlocked() {
        sendOnce()
        guard output.isEmpty, isBlocked, phase != .closed else { return }
        isBlocked = false
        updateWatch()
        if phase == .open, brokenBy == nil { tellDrained() }
    }

    private func tellDrained() {
        mustTellWhenSent = false
        handler?.streamDrained()
    }

    private func sendOnce() {
        if brokenBy != nil { output.release() }
        if !output.isEmpty {
            if unsafe loop.mustCallBeforeSending { unsafe loop.callBeforeSending() }
            switch tls == nil ? transport.send(output.span) : sendEncrypted() {
            case .bytes(let count): output.consume(count)
            case .wouldBlock, .ended: break
            case .failed(let code): return sendFailed(code)
            }
        }
        guard output.isEmpty else { return }
        output.release()
        outputEmptied()
    }

    private func outputEmptied() {
        if phase == .finishing { return finish() }
        guard mustShutDownWrite else { return }
        mustShutDownWrite = false
        if let tls {
            tls.sayGoodbye()
            updateWatch()
        } else {
            _ = shutdown(descriptor, Int32(SHUT_WR))
        }
    }

    private func sendEncrypted() -> TransferResult {
        guard let tls else { return .wouldBlock }
        return tls.send(output)
    }

    /// A peer that is gone may have said why: its last words are read before the stream closes.
    private func sendFailed(_ code: Int32) {
        let error = failure(code, "cannot write to \(peer)")
        guard wantsInput, code == EPIPE || code == ECONNRESET else { return close(because: error) }
        brokenBy = error
        output.release()
        isBlocked = false
        updateWatch()
    }

    // MARK: Closing

    /// Closes at once; output that waits is dropped, and `streamClosed` is the only call that still comes.
    public func close() { close(because: nil) }

    /// Has `close()` reset the connection: what the peer has not acknowledged is not sent again.
    public func resetWhenClosed() {
        if isOpen { SocketOption.resetWhenClosed(descriptor) }
    }

    /// Stops reading, sends what waits, then closes.
    ///
    /// A peer that does not read keeps the stream: the caller sets the deadline and calls `close()`.
    public func closeAfterFlush() {
        guard phase == .open else { return }
        if let brokenBy { return close(because: brokenBy) }
        // Nothing can be said yet, and a peer that does not go on could keep the stream.
        if let tls, tls.isHandshaking { return close(because: nil) }
        phase = .finishing
        wantsInput = false
        updateWatch()
        scheduleFlush()
    }

    /// Tells the peer, after what waits in `output`, that nothing more will come; reading goes on.
    ///
    /// Nothing may be appended afterwards.
    public func shutdownWrite() {
        guard phase == .open else { return }
        mustShutDownWrite = true
        scheduleFlush()
    }

    func endWithLoop() { close() }

    /// Closing with unread input would reset the connection and may destroy the output on its way, so a
    /// little is read and dropped.
    private func finish() {
        tls?.sayGoodbye()
        dropInput()
        close(because: nil)
    }

    func dropInput() {
        for _ in 0..<16 {
            let result = unsafe transport.receive(into: loop.scratch, count: EventLoop.scratchByteCount)
            guard case .bytes = result else { break }
        }
    }

    func close(because reason: StreamError?) {
        guard phase != .closed else { return }
        phase = .closed
        closeReason = reason
        wantsInput = false
        isBlocked = false
        output.release()
        if let tls { endTLS(tls) }
        unsafe poll?.close { handle in
            guard let handle = unsafe handle else { return }
            let stream = unsafe Unmanaged<Stream>.fromOpaque(handle.pointee.data)
            unsafe free(UnsafeMutableRawPointer(handle))
            unsafe stream.takeRetainedValue().tellClosed()
        }
        closeDescriptor(descriptor)
    }

    private func tellClosed() {
        output.release()
        poll = nil
        guard let handler else { return }
        self.handler = nil
        handler.streamClosed(closeReason)
    }
}
