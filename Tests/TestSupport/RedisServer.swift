#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import Synchronization

/// A real Redis of a test's own, on a free port and on a Unix socket in a temporary directory.
public final class RedisServer: Sendable {
    public let directory: TemporaryDirectory
    public let port: UInt16
    private let options: [String]
    private let process = Mutex<ChildProcess?>(nil)

    public var tcp: Endpoint { .tcp(port) }
    public var unix: Endpoint { .unix(directory.path + "/redis.sock") }

    /// Starts `redis-server`; `options` are appended as on its command line (`["--requirepass", "secret"]`).
    public init(options: [String] = []) throws {
        directory = try TemporaryDirectory()
        port = try Endpoint.freePort()
        self.options = options
        try start()
    }

    deinit { process.withLock { $0?.signal(SIGCONT) } }

    /// Starts the server again, on the same endpoints.
    public func start() throws {
        let child = try ChildProcess(
            [
                "redis-server", "--port", "\(port)", "--bind", "127.0.0.1",
                "--unixsocket", directory.path + "/redis.sock", "--unixsocketperm", "700",
                "--dir", directory.path, "--save", "", "--appendonly", "no",
                // On a busy machine any command may be slow; tests that compare replies see the log.
                "--slowlog-log-slower-than", "-1",
                "--enable-debug-command", "yes", "--maxclients", "2000",
            ] + options,
            outputPath: directory.path + "/redis.log")
        process.withLock { $0 = child }
        try waitUntil("redis-server on port \(port); its log: \(directory.path)/redis.log") {
            if let exit = child.exitIfEnded() {
                throw SupportError("redis-server ended at its start (\(exit)): \(child.output)")
            }
            guard let client = try? RawClient(unix) else { return false }
            return (try? client.command("PING")) != nil
        }
    }

    /// Ends the server as an operator would; its data are gone.
    public func stop() { process.withLock { $0?.terminate() } }

    /// Ends the server as a power cut would.
    public func kill() throws {
        try process.withLock { child in
            child?.signal(SIGKILL)
            try child?.wait()
        }
    }

    public func restart() throws {
        stop()
        try start()
    }

    /// Freezes the server: its sockets stay open and nothing answers.
    public func pause() { process.withLock { $0?.signal(SIGSTOP) } }

    public func resume() { process.withLock { $0?.signal(SIGCONT) } }

    /// Runs one command on a connection of its own, past any proxy.
    @discardableResult
    public func command(_ arguments: String...) throws -> Reply {
        try HiredisClient(unix).command(arguments.map { Array($0.utf8) })
    }

    /// A number of an INFO section, `info("clients", "blocked_clients")`.
    public func info(_ section: String, _ field: String) throws -> Int? {
        let text = try command("INFO", section).text ?? ""
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(field + ":") }
        return line.flatMap { Int($0.dropFirst(field.count + 1)) }
    }

    public var log: String { process.withLock { $0?.output } ?? "" }
}
