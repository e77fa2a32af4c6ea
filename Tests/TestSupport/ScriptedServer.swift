#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import Synchronization

/// A server that answers as a test says: for what a real Redis says only at certain moments.
///
/// It reads requests and answers each at once, in order. One thread serves all its connections.
public final class ScriptedServer: Sendable {
    /// What happens when a request has come.
    public enum Answer: Sendable {
        case reply(String)
        /// Nothing, not even later.
        case silence
        /// These bytes, then RST (for a Unix socket: an end).
        case reset(after: String)
    }

    public typealias Script = @Sendable (_ connection: Int, _ command: [String]) -> Answer

    private struct State {
        var commands: [[String]] = []
        var accepted = 0
        var isStopped = false
    }

    public let endpoint: Endpoint
    private let directory: TemporaryDirectory?
    private let state = Mutex(State())
    private let thread = Threads()

    /// - Parameters:
    ///   - endpoint: where to listen; nil for a Unix socket in a directory of its own.
    ///   - greeting: sent to whoever connects, before anything was asked; the connection is closed then.
    public init(
        _ endpoint: Endpoint? = nil, greeting: String? = nil,
        script: @escaping Script = { ScriptedServer.plain($1) }
    ) throws {
        if let endpoint {
            directory = nil
            self.endpoint = endpoint
        } else {
            let directory = try TemporaryDirectory()
            self.directory = directory
            self.endpoint = .unix(directory.path + "/scripted.sock")
        }
        let listener = try self.endpoint.listeningSocket()
        thread.start { [weak self] in
            var loop = ScriptedLoop(listener: listener, greeting: greeting)
            while let self, !self.isStopped { self.turn(&loop, script) }
            loop.close()
        }
    }

    deinit {
        state.withLock { $0.isStopped = true }
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Ends the server: everything is closed when this returns.
    public func stop() throws {
        state.withLock { $0.isStopped = true }
        try thread.join()
    }

    /// Every request so far, names in upper case.
    public var commands: [[String]] { state.withLock { $0.commands } }

    /// How many requests of a command have come.
    public func count(_ name: String) -> Int { commands.count { $0.first == name } }

    public var accepted: Int { state.withLock { $0.accepted } }

    private func turn(_ loop: inout ScriptedLoop, _ script: Script) {
        loop.turn { connection, command in
            var command = command
            if let name = command.first { command[0] = name.uppercased() }
            state.withLock { $0.commands.append(command) }
            return script(connection, command)
        }
        state.withLock { $0.accepted = loop.accepted }
    }

    /// What an empty Redis would say, as far as Freshet asks.
    public static func plain(_ command: [String], runId: String = "1", role: String = "master") -> Answer {
        switch command.first {
        case "PING": return .reply("+PONG\r\n")
        case "INFO":
            return .reply(bulk("run_id:\(runId)\r\nevicted_keys:0\r\nrole:\(role)\r\n"))
        case "COMMAND": return .reply("*0\r\n")
        case "SCRIPT": return .reply(bulk(String(repeating: "a", count: 40)))
        case "SCAN", "SSCAN": return .reply("*2\r\n$1\r\n0\r\n*0\r\n")
        case "UNLINK", "DEL", "EXISTS", "SADD": return .reply(":1\r\n")
        case "GET": return .reply(bulk(command.last ?? ""))
        default: return .reply("+OK\r\n")
        }
    }

    public static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }
}

/// The sockets of a scripted server; lives on its thread.
private struct ScriptedLoop {
    private struct Connection {
        let number: Int
        let descriptor: Int32
        var input: [UInt8] = []
    }

    private let listener: Int32
    private let greeting: String?
    private var connections: [Connection] = []
    private(set) var accepted = 0

    init(listener: Int32, greeting: String?) {
        self.listener = listener
        self.greeting = greeting
    }

    func close() {
        for connection in connections { closeSocket(connection.descriptor) }
        closeSocket(listener)
    }

    /// Waits a moment for something to happen, and deals with it.
    mutating func turn(_ answer: (Int, [String]) -> ScriptedServer.Answer) {
        var entries =
            [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            + connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard unsafe poll(&entries, nfds_t(entries.count), 20) > 0 else { return }
        for index in connections.indices.reversed() where entries[index + 1].revents != 0 {
            if !serve(&connections[index], answer) { connections.remove(at: index) }
        }
        if entries[0].revents != 0 { acceptOne() }
    }

    private mutating func acceptOne() {
        let descriptor = Spawn.betweenStarts {
            let descriptor = accept(listener, nil, nil)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            return descriptor
        }
        guard descriptor >= 0 else { return }
        accepted += 1
        guard let greeting else {
            connections.append(Connection(number: accepted, descriptor: descriptor))
            return
        }
        Self.send(greeting, descriptor)
        shutdown(descriptor, Int32(SHUT_WR))
        var rest = [UInt8](repeating: 0, count: 4096)
        _ = unsafe recv(descriptor, &rest, rest.count, 0)
        closeSocket(descriptor)
    }

    /// False when the connection is over.
    private func serve(_ connection: inout Connection, _ answer: (Int, [String]) -> ScriptedServer.Answer)
        -> Bool
    {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = unsafe recv(connection.descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            closeSocket(connection.descriptor)
            return false
        }
        connection.input += chunk[..<count]
        while let (request, end) = try? ReplyParser.parse(connection.input) {
            connection.input.removeFirst(end)
            let command = request.elements?.map { $0.text ?? "" } ?? []
            switch answer(connection.number, command) {
            case .reply(let text): Self.send(text, connection.descriptor)
            case .silence: break
            case .reset(let text):
                Self.send(text, connection.descriptor)
                var linger = linger(l_onoff: 1, l_linger: 0)
                _ = unsafe setsockopt(
                    connection.descriptor, SOL_SOCKET, SO_LINGER, &linger,
                    socklen_t(MemoryLayout.size(ofValue: linger)))
                closeSocket(connection.descriptor)
                return false
            }
        }
        return true
    }

    private static func send(_ text: String, _ descriptor: Int32) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe sendSome(descriptor, buffer.baseAddress! + sent, buffer.count - sent)
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}

/// The system's `send` and `close`, which members above hide.
private func sendSome(_ descriptor: Int32, _ buffer: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe send(descriptor, buffer, count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
}

private func closeSocket(_ descriptor: Int32) { close(descriptor) }
