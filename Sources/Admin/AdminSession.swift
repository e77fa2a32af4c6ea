import Bytes
import EventLoop
import RESP

/// An operator's connection: one verb after the other, each answered before the next begins.
final class AdminSession: StreamHandler {
    private static let longestRequest = 1 << 20

    private let stream: Stream
    private let verbs: AdminVerbs
    private let onClose: (AdminSession) -> Void
    private var input = ByteBuffer()
    private var scanner = RequestScanner()
    private var limits = RequestScanner.Limits()
    private var isBusy = false
    private var hasEnded = false
    private var state: AdminConnection
    let peer: String

    init(
        stream: Stream, number: Int, verbs: AdminVerbs, onClose: @escaping (AdminSession) -> Void
    ) {
        self.stream = stream
        self.verbs = verbs
        self.onClose = onClose
        peer = "\(stream.peer)"
        state = AdminConnection(number: number, peer: peer)
        limits.gatheredBytes = Self.longestRequest
    }

    func streamReceived(_ bytes: Span<UInt8>) {
        input.append(bytes)
        processInput()
    }

    private func processInput() {
        while !isBusy, stream.isOpen, !input.isEmpty {
            scanner.reset()
            guard let request = nextRequest() else { break }
            if !request.isEmpty { answer(request) }
        }
        if hasEnded, !isBusy { stream.closeAfterFlush() }
    }

    /// The arguments of the request at the front of the input, which is consumed; nil while it is incomplete.
    private func nextRequest() -> [ByteString]? {
        switch scanner.scan(input.span, limits) {
        case .complete(let length):
            var arguments: [ByteString] = []
            for index in 0..<scanner.arguments.count {
                arguments.append(ByteString(scanner.arguments.span[index].view(in: input.span)))
            }
            input.consume(length)
            return arguments
        case .empty(let length):
            input.consume(length)
            return []
        case .inline(let length): return inlineRequest(length)
        case .incomplete: return nil
        case .large: return refuse("request is longer than 1 MiB")
        case .failed(let error): return refuse(error.text ?? "not RESP")
        }
    }

    private func inlineRequest(_ length: Int) -> [ByteString]? {
        var encoded = ByteBuffer()
        do throws(ProtocolError) {
            let count = try InlineRequest.encode(input.span.extracting(0..<length), into: &encoded)
            input.consume(length)
            guard count > 0 else { return [] }
        } catch {
            return refuse(error.text ?? "not RESP")
        }
        var inner = RequestScanner()
        guard case .complete = inner.scan(encoded.span, limits) else { return [] }
        var arguments: [ByteString] = []
        for index in 0..<inner.arguments.count {
            arguments.append(ByteString(inner.arguments.span[index].view(in: encoded.span)))
        }
        return arguments
    }

    private func refuse(_ text: String) -> [ByteString]? {
        send(.error("ERR Protocol error: \(text)"))
        input.release()
        stream.closeAfterFlush()
        return nil
    }

    private func answer(_ request: [ByteString]) {
        switch request[0].text.uppercased() {
        case "FRESHET": run(request)
        case "QUIT":
            send(.status("OK"))
            stream.closeAfterFlush()
        default: send(state.answer(request, verbs.services.info))
        }
    }

    private func run(_ request: [ByteString]) {
        isBusy = true
        var isImmediate = true
        let call = AdminVerbs.Call(
            arguments: Array(request.dropFirst()), database: state.database, peer: peer)
        verbs.run(call) { [weak self] reply in
            guard let self else { return }
            send(reply)
            isBusy = false
            if !isImmediate { processInput() }
        }
        isImmediate = false
    }

    private func send(_ reply: AdminReply) {
        guard stream.isOpen else { return }
        reply.write(to: &stream.output, version: state.version)
        stream.scheduleFlush()
    }

    func close() { stream.close() }

    func streamDrained() {}

    func streamEnded() {
        hasEnded = true
        processInput()
    }

    func streamClosed(_ reason: StreamError?) { onClose(self) }
}
