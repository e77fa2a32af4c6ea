import Bytes
import Commands
import RESP

/// Requests that are written as a line of words, or as nothing.
extension Session {
    /// A request that asks for nothing gets no reply, but in Redis it is the one whose reply `REPLY SKIP`
    /// drops.
    func passEmpty() -> Bool {
        guard hasAskedToSkip else { return true }
        guard isIdleOrWaits() else { return false }
        hasAskedToSkip = false
        replyMode = replyMode.afterReply
        return true
    }

    func processInline(_ line: Span<UInt8>) -> Bool {
        var encoded = ByteBuffer()
        do throws(ProtocolError) {
            guard try InlineRequest.encode(line, into: &encoded) > 0 else { return passEmpty() }
        } catch {
            refuse(error)
            return false
        }
        var scanner = worker.takeScanner()
        var isDone = false
        switch scanner.scan(encoded.span, worker.inlineLimits) {
        case .complete: isDone = routeInline(line, encoded.span, scanner)
        case .failed(let error): refuse(error)
        case .empty, .inline, .incomplete, .large: refuse(.invalidInline)
        }
        scanner.reset()
        worker.giveBack(scanner)
        return isDone
    }

    /// Routes what a line asks for.
    ///
    /// Of who has not logged in Redis takes more on a line than in RESP: such a line is passed on as it came.
    func routeInline(
        _ line: Span<UInt8>, _ encoded: Span<UInt8>, _ scanner: borrowing RequestScanner
    ) -> Bool {
        let arguments = scanner.arguments.span
        let facts = worker.commands.lookup(encoded, arguments)
        let limits = worker.limits(for: self)
        guard limits.isUnauthenticated, !limits.allowsUnauthenticated(arguments) else {
            return route(Request(encoded, arguments, facts, isCanonical: true))
        }
        guard line.count <= RequestScanner.longestLine else {
            refuse(.tooBigInline)
            return false
        }
        rawLine = ByteString(line)
        defer { rawLine = nil }
        return route(Request(encoded, arguments, facts, isCanonical: false))
    }
}
