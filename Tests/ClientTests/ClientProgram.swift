import TestSupport
import Testing

/// A program in `Tests/clients` that uses Redis as an application does, checks what it finds, and reports it.
///
/// What it prints is the same in every run, so that a run with Redis and one through Freshet can be compared.
struct ClientProgram: Sendable, CustomTestStringConvertible {
    /// Below `Tests/clients`.
    let path: String
    /// What follows the port on the command line.
    let arguments: [String]

    var testDescription: String { ([path] + arguments).joined(separator: " ") }

    init(_ path: String, _ arguments: String...) {
        self.path = path
        self.arguments = arguments
    }

    static let all: [ClientProgram] =
        pythonNames.flatMap { name in
            ["2", "3"].map { ClientProgram("python/\(name).py", $0) }
        } + [
            // These have no choice of protocol of their own.
            ClientProgram("python/django_cache.py", "2"),
            ClientProgram("python/rq_worker.py", "2"),
            ClientProgram("ruby/patterns.rb"),
            ClientProgram("php/patterns.php"),
            ClientProgram("perl/patterns.pl"),
            ClientProgram("redis-cli/mass-insertion.sh"),
            ClientProgram("redis-cli/analysis.sh"),
            ClientProgram("redis-cli/scripting.sh"),
            ClientProgram("redis-cli/streams.sh"),
            ClientProgram("redis-benchmark/tests.sh"),
        ]

    private static let pythonNames = [
        "basics", "transactions", "waiting", "scripting", "identity", "pool", "patterns", "streams",
        "tracking",
        "asynchronous",
    ]

    /// Runs the program with the server on `port`, and with `more` arguments at the end.
    func run(port: UInt16, _ more: [String] = []) throws -> (exit: ChildProcess.Exit, output: String) {
        let file = RepositoryRoot.file("Tests/clients/\(path)")
        return try ChildProcess.run(
            [try interpreter(), file, "\(port)"] + arguments + more, withinMilliseconds: 120_000)
    }

    /// The program that runs the file.
    private func interpreter() throws -> String {
        switch path.split(separator: ".").last {
        case "py": try Self.existing(RepositoryRoot.file(".build/venv/bin/python"))
        case "rb": try Self.inPath("ruby")
        case "php": try Self.inPath("php")
        case "pl": try Self.inPath("perl")
        default: try Self.inPath("sh")
        }
    }

    private static func inPath(_ name: String) throws -> String {
        let folders = (ProcessEnvironment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return try existing(
            folders.map { "\($0)/\(name)" }.first(where: FileSystem.isExecutable) ?? name)
    }

    private static func existing(_ path: String) throws -> String {
        guard FileSystem.isExecutable(path) else { throw SupportError("there is no \(path): run make setup") }
        return path
    }
}
