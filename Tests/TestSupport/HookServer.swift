#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import Synchronization

/// An HTTP server that notes every request and answers as a test says, also as no server should.
public final class HookServer: Sendable {
    public struct Request: Sendable {
        /// `POST /path HTTP/1.1`.
        public let line: String
        public let headers: [String]
        public let body: String

        /// The value of a header, its name in small letters.
        public func header(_ name: String) -> String? {
            headers.first { $0.lowercased().hasPrefix(name + ":") }
                .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
        }
    }

    public enum Answer: Sendable, CustomStringConvertible {
        case status(Int, headers: [String] = [], body: String = "")
        /// Nothing, and the connection stays open.
        case silence
        /// The end of the connection.
        case close
        /// A body without end.
        case flood
        /// Bytes as they are.
        case raw(String)

        public var description: String {
            switch self {
            case .status(let status, _, _): "status \(status)"
            case .silence: "silence"
            case .close: "close"
            case .flood: "flood"
            case .raw(let text): "raw \(text.prefix(20))"
            }
        }
    }

    private struct State {
        var requests: [Request] = []
        var answer: @Sendable (Int, Request) -> Answer
        var isStopped = false
    }

    public let port: UInt16
    private let listener: Int32
    private let state: Mutex<State>
    private let threads = Threads()

    /// `answer` gets the number of the request, from 0, and the request.
    public init(_ answer: @escaping @Sendable (Int, Request) -> Answer = { _, _ in .status(200) }) throws {
        port = try Endpoint.freePort()
        listener = try Endpoint.tcp(port).listeningSocket()
        state = Mutex(State(answer: answer))
        let listener = listener
        threads.start { [weak self] in
            while let self, !self.isStopped {
                guard
                    SystemCall.waitReady(
                        listener, events: Int32(POLLIN), deadline: SystemCall.monotonicMilliseconds() + 50)
                else { continue }
                let connection = accept(listener, nil, nil)
                if connection >= 0 { self.serve(connection) }
            }
            close(listener)
        }
    }

    deinit { stop() }

    public func stop() { state.withLock { $0.isStopped = true } }

    public var url: String { "http://127.0.0.1:\(port)" }
    public var requests: [Request] { state.withLock { $0.requests } }
    private var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Answers differently from now on.
    public func answer(_ answer: @escaping @Sendable (Int, Request) -> Answer) {
        state.withLock { $0.answer = answer }
    }

    private func serve(_ connection: Int32) {
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        threads.start { [weak self] in
            defer { close(connection) }
            while let self, !self.isStopped, let request = Self.read(connection) {
                let answer = self.state.withLock { state in
                    state.requests.append(request)
                    return state.answer(state.requests.count - 1, request)
                }
                guard self.carryOut(answer, on: connection) else { return }
            }
        }
    }

    /// Whether the connection stays usable.
    private func carryOut(_ answer: Answer, on connection: Int32) -> Bool {
        switch answer {
        case .status(let status, let headers, let body):
            let head =
                ["HTTP/1.1 \(status) Whatever", "Content-Length: \(body.utf8.count)"] + headers
            return Self.write(head.joined(separator: "\r\n") + "\r\n\r\n" + body, to: connection)
        case .raw(let text): return Self.write(text, to: connection)
        case .close: return false
        case .silence:
            while !isStopped, Self.isOpen(connection) {}
            return false
        case .flood:
            guard Self.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", to: connection) else {
                return false
            }
            let block = String(repeating: "x", count: 16 << 10)
            while !isStopped, Self.write(block, to: connection) {}
            return false
        }
    }

    /// Waits a moment; false when the peer has closed.
    private static func isOpen(_ connection: Int32) -> Bool {
        guard
            SystemCall.waitReady(
                connection, events: Int32(POLLIN), deadline: SystemCall.monotonicMilliseconds() + 50)
        else { return true }
        var byte: UInt8 = 0
        return unsafe recv(connection, &byte, 1, Int32(MSG_PEEK)) > 0
    }

    private static func write(_ text: String, to connection: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// The next request, with as much body as Content-Length says; nil at the end of the connection.
    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 << 10)
        let mark = Array("\r\n\r\n".utf8)
        while true {
            if let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) {
                let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
                    .map(String.init)
                let length =
                    lines.first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
                if bytes.count >= end + 4 + length {
                    let body = String(decoding: bytes[(end + 4)..<(end + 4 + length)], as: UTF8.self)
                    return Request(line: lines.first ?? "", headers: Array(lines.dropFirst()), body: body)
                }
            }
            let count = unsafe recv(connection, &block, block.count, 0)
            guard count > 0 else { return nil }
            bytes += block[..<count]
        }
    }
}
