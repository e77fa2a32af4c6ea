import TestSupport

/// A network namespace with one cable to this one, which a test can cut.
final class Network {
    /// The addresses of the two ends: here, and inside.
    let here: String
    let inside: String
    private let holder: ChildProcess
    private let directory: TemporaryDirectory

    /// A command that runs what follows it inside.
    var enter: [String] { ["nsenter", "-t", "\(holder.identifier)", "-n"] }

    init() throws {
        directory = try TemporaryDirectory()
        let port = Int(try Endpoint.freePort())
        // The range that RFC 2544 keeps for tests; a free port makes the number unique on this machine.
        let base = "198.18.\(port >> 8)"
        (here, inside) = ("\(base).\(port & 0xfc | 1)", "\(base).\(port & 0xfc | 2)")
        holder = try ChildProcess(
            ["unshare", "-n", "sleep", "1000"], outputPath: directory.path + "/holder")
        let process = "/proc/\(holder.identifier)/ns/net"
        let own = Self.link("/proc/self/ns/net")
        try waitUntil("a network namespace") { Self.link(process) != own }
        let name = "fr\(port)"
        try Self.run([
            "ip", "link", "add", name, "type", "veth", "peer", "name", "cable", "netns",
            "\(holder.identifier)",
        ])
        try Self.run(["ip", "addr", "add", here + "/30", "dev", name])
        try Self.run(["ip", "link", "set", name, "up"])
        try Self.run(enter + ["ip", "addr", "add", inside + "/30", "dev", "cable"])
        try Self.run(enter + ["ip", "link", "set", "lo", "up"])
        try Self.run(enter + ["ip", "link", "set", "cable", "up"])
    }

    /// From now on nothing passes, and nobody is told.
    func cut() throws { try Self.run(enter + ["ip", "link", "set", "cable", "down"]) }

    /// Starts a Redis inside, which can be asked by its Unix socket; returns that, and a process to keep.
    func startRedis(port: UInt16) throws -> (socket: Endpoint, process: ChildProcess) {
        let socket = Endpoint.unix(directory.path + "/redis.sock")
        let process = try ChildProcess(
            enter + [
                "redis-server", "--port", "\(port)", "--bind", "0.0.0.0", "--protected-mode", "no", "--save",
                "",
                "--unixsocket", directory.path + "/redis.sock", "--dir", directory.path,
            ], outputPath: directory.path + "/redis.log")
        try waitUntil("a Redis in the namespace") { (try? HiredisClient(socket).command("PING")) != nil }
        return (socket, process)
    }

    static func run(_ command: [String]) throws {
        let result = try ChildProcess.run(command)
        guard result.exit == .code(0) else {
            throw SupportError("\(command.joined(separator: " ")): \(result.output)")
        }
    }

    private static func link(_ path: String) -> String {
        (try? ChildProcess.run(["readlink", path]).output) ?? ""
    }
}
