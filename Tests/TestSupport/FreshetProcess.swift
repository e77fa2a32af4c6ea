#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import Synchronization

/// The proxy as its users run it: the built executable, a configuration file, real sockets.
public final class FreshetProcess: Sendable {
    /// How far a start must have come before a test goes on.
    public enum Readiness: Sendable {
        /// `/readyz` says 200: the upstream is there.
        case ready
        /// Both data listeners accept; for tests whose upstream is missing.
        case listening
        /// The Unix socket accepts; for a proxy in a network of its own.
        case socket
    }

    public let directory: TemporaryDirectory
    public let port: UInt16
    public let adminPort: UInt16
    private let arguments: [String]
    private let wrapper: [String]
    private let environment: [String]
    private let process = Mutex<ChildProcess?>(nil)

    public var tcp: Endpoint { .tcp(port) }
    public var unix: Endpoint { .unix(directory.path + "/freshet.sock") }
    public var admin: Endpoint { .tcp(adminPort) }
    public var configurationPath: String { directory.path + "/proxy.conf" }

    /// Starts the proxy in front of `upstream`, listening on a free port, a Unix socket and an admin port.
    ///
    /// `configuration` is appended to the generated proxy.conf, so it can override what is above it, and
    /// `arguments` to the command line. `wrapper` is a command that runs the command that follows it, such as
    /// `["nsenter", "-t", "12", "-n"]`; it must become that process, for signals go to it.
    public init(
        upstream: Endpoint, configuration: String = "", arguments: [String] = [],
        wrapper: [String] = [], environment: [String] = [],
        until readiness: Readiness = .ready
    ) throws {
        directory = try TemporaryDirectory()
        port = try Endpoint.freePort()
        adminPort = try Endpoint.freePort()
        self.arguments = arguments
        self.wrapper = wrapper
        self.environment = environment
        try FileSystem.write(
            """
            listen 127.0.0.1:\(port)
            listen unix:\(directory.path)/freshet.sock
            admin 127.0.0.1:\(adminPort)
            upstream \(upstream.upstream)
            state-dir \(directory.path)/state
            \(configuration)

            """, to: directory.path + "/proxy.conf")
        try start(until: readiness)
    }

    /// Starts the proxy again with the same configuration file.
    public func start(until readiness: Readiness = .ready) throws {
        let child = try ChildProcess(
            wrapper + [try Self.executable(), "serve", configurationPath] + arguments,
            environment: environment, outputPath: directory.path + "/freshet.log")
        process.withLock { $0 = child }
        try waitUntil("freshet \(readiness) on port \(port); its log: \(child.outputPath)") {
            if let exit = child.exitIfEnded() {
                throw SupportError("freshet ended at its start (\(exit)): \(child.output)")
            }
            switch readiness {
            case .ready:
                let isReady = (try? AdminHTTP.get("/readyz", from: admin))?.status == 200
                return isReady && (try? RawClient(unix)) != nil
            case .socket: return (try? RawClient(unix)) != nil
            case .listening: return (try? RawClient(tcp)) != nil && (try? RawClient(unix)) != nil
            }
        }
    }

    /// Sends a signal: SIGHUP to reload, SIGTERM to drain, SIGSTOP to freeze.
    public func signal(_ number: Int32) { process.withLock { $0?.signal(number) } }

    /// Waits until the proxy has ended by itself, after a signal for example.
    public func waitForExit(withinMilliseconds limit: Int = 10_000) throws -> ChildProcess.Exit {
        guard let child = process.withLock({ $0 }) else { throw SupportError("freshet was never started") }
        return try child.wait(withinMilliseconds: limit)
    }

    public func stop() { process.withLock { $0?.terminate() } }

    public func kill() throws {
        signal(SIGKILL)
        _ = try waitForExit()
    }

    /// Everything the proxy has logged.
    public var log: String { process.withLock { $0?.output } ?? "" }

    /// How the proxy ended; nil while it runs.
    public var exit: ChildProcess.Exit? { process.withLock { $0?.exitIfEnded() } }

    public var identifier: Int32? { process.withLock { $0?.identifier } }

    /// The value of one metric, written as in the exposition: `name` or `name{label="value"}`.
    public func metric(_ name: String) throws -> Double? {
        let body = try AdminHTTP.get("/metrics", from: admin).body
        let line = body.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    /// Runs another subcommand of the executable, such as `["check", path]`.
    public static func run(_ arguments: [String]) throws -> (exit: ChildProcess.Exit, output: String) {
        try ChildProcess.run([try executable()] + arguments)
    }

    /// The built executable: `FRESHET_BINARY`, or the one beside the test bundle.
    public static func executable() throws -> String {
        if let path = ProcessEnvironment["FRESHET_BINARY"] { return path }
        let bundle = FileSystem.resolved("/proc/self/exe")
        let directory = bundle.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        let path = directory + "/freshet"
        guard FileSystem.isExecutable(path) else {
            throw SupportError("there is no \(path): run 'swift build', or set FRESHET_BINARY")
        }
        return path
    }
}
