import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An upstream that answers what a test says, byte for byte: for replies that no Redis would send.
///
/// It follows requests in their canonical form only, which is also what links are to carry.
final class ScriptedUpstream: Sendable {
    /// What to answer to a request; nil for what a plain server would say, empty for silence.
    typealias Answer = @Sendable (_ arguments: [String]) -> String?

    let directory: TemporaryDirectory
    private let listener: Int32
    private let answer: Answer
    private let bytes = Mutex<[UInt8]>([])

    var endpoint: Endpoint { .unix(directory.path + "/upstream.sock") }
    /// Everything that came, on all connections.
    var received: [UInt8] { bytes.withLock { $0 } }

    init(_ answer: @escaping Answer) throws {
        directory = try TemporaryDirectory()
        self.answer = answer
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = directory.path + "/upstream.sock"
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0, listen(listener, 64) == 0 else { throw SupportError("cannot listen on \(path)") }
        // The thread keeps the upstream alive until the listener is shut down.
        Threads().start { [listener, weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0, let self else { return }
                Threads().start { self.serve(descriptor) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ descriptor: Int32) {
        defer { close(descriptor) }
        var input: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            bytes.withLock { $0 += chunk[..<count] }
            input += chunk[..<count]
            while let (reply, end) = try? ReplyParser.parse(input) {
                input.removeFirst(end)
                let arguments = (reply.elements ?? []).map { $0.text ?? "" }
                let text = Array((answer(arguments) ?? Self.plainAnswer(arguments)).utf8)
                _ = unsafe send(descriptor, text, text.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
            }
        }
    }

    private static func plainAnswer(_ arguments: [String]) -> String {
        switch arguments.first?.uppercased() {
        case "PING": "+PONG\r\n"
        case "COMMAND": "*0\r\n"
        case "INFO": "$14\r\nrun_id:abcdefg\r\n"
        case "GET": "$-1\r\n"
        case "ECHO": "$\((arguments.last ?? "").utf8.count)\r\n\(arguments.last ?? "")\r\n"
        case "HELLO": "%1\r\n$5\r\nproto\r\n:3\r\n"
        default: "+OK\r\n"
        }
    }
}
