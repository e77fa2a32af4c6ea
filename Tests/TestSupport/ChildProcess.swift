#if canImport(Glibc)
    public import Glibc
#elseif canImport(Musl)
    public import Musl
#endif
import Synchronization

/// A process that a test started and that ends with it.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum Exit: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    public let identifier: pid_t
    /// Where both of its outputs went.
    public let outputPath: String
    private let ended = Mutex<Exit?>(nil)

    public init(_ arguments: [String], environment: [String] = [], outputPath: String) throws {
        self.outputPath = outputPath
        identifier = try Spawn.start(arguments, environment: environment, outputPath: outputPath)
        Undertaker.shared.adopt(process: identifier)
    }

    deinit {
        signal(SIGKILL)
        _ = try? wait()
    }

    /// Sends a signal unless the process is known to have ended.
    public func signal(_ number: Int32) {
        ended.withLock { ended in
            if ended == nil { kill(identifier, number) }
        }
    }

    /// How the process ended, nil while it runs.
    public func exitIfEnded() -> Exit? {
        ended.withLock { ended in
            if let ended { return ended }
            var status: Int32 = 0
            guard unsafe waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
            let low = status & 0x7f
            ended = low == 0 ? .code((status >> 8) & 0xff) : .signal(low)
            Undertaker.shared.forget(process: identifier)
            return ended
        }
    }

    /// Waits for the end of the process.
    @discardableResult
    public func wait(withinMilliseconds limit: Int = 10_000) throws -> Exit {
        var exit: Exit?
        try waitUntil("the end of process \(identifier)", withinMilliseconds: limit) {
            exit = exitIfEnded()
            return exit != nil
        }
        return exit!
    }

    /// Asks the process to end, and makes it end when it does not.
    public func terminate(withinMilliseconds limit: Int = 5000) {
        signal(SIGCONT)
        signal(SIGTERM)
        if (try? wait(withinMilliseconds: limit)) == nil {
            signal(SIGKILL)
            _ = try? wait()
        }
    }

    /// What the process has written to its outputs so far.
    public var output: String { (try? FileSystem.readText(outputPath)) ?? "" }

    /// Runs a command to its end.
    public static func run(
        _ arguments: [String], environment: [String] = [], withinMilliseconds limit: Int = 60_000
    ) throws -> (exit: Exit, output: String) {
        let directory = try TemporaryDirectory()
        let child = try ChildProcess(
            arguments, environment: environment, outputPath: directory.path + "/output")
        let exit = try child.wait(withinMilliseconds: limit)
        return (exit, child.output)
    }
}
