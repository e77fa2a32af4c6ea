import Synchronization
import TestSupport

/// A Redis and the proxy in front of it, with conventions in force.
///
/// Those of the shop in `Tests/clients/*/shop.*`; the keys of the other programs are tagged at most, and
/// nothing of theirs depends on anything.
final class ClientStage: Sendable {
    static let conventions = """
        tag product:{id}:** product:{id}
        tag page:{lang}:product:{id} product:{id} pages/{lang}
        depend page:{lang}:product:{id} on product:{id}:price
        depend site:1:page:{lang}:{id} on product:{id}:price
        protect session:** lock:**
        """

    let redis: RedisServer
    let proxy: FreshetProcess

    init(_ mode: ConnectionMode) throws {
        redis = try RedisServer()
        proxy = try FreshetProcess(
            upstream: redis.tcp, configuration: Self.conventions + "\nconnections \(mode.rawValue)")
    }

    /// Waits until the proxy has noticed that all clients have left.
    func waitForDeparture() throws {
        var open: Double?
        do {
            try waitUntil("all clients have left", withinMilliseconds: 30_000) {
                open = try proxy.metric("freshet_connections_open")
                return open == 0
            }
        } catch {
            let links = try redis.command("CLIENT", "LIST").text ?? ""
            throw SupportError("\(error): \(open ?? -1) are open; links:\n\(links)\n\(proxy.log)")
        }
    }
}

/// Servers that wait for their next program, because starting one costs as much as running a short program.
///
/// What a program failed on is not used again, so one failure cannot cause another.
final class ClientServers: Sendable {
    static let shared = ClientServers()

    private let idleServers = Mutex<[RedisServer]>([])
    private let idleStages = Mutex<[ConnectionMode: [ClientStage]]>([:])
    /// What programs said with Redis alone, by their command lines.
    private let transcripts = Mutex<[String: String]>([:])

    func withStage<Result>(_ mode: ConnectionMode, _ body: (ClientStage) throws -> Result) throws -> Result {
        let stage = try idleStages.withLock { $0[mode]?.popLast() } ?? ClientStage(mode)
        try Self.reset(stage.redis)
        let result = try body(stage)
        idleStages.withLock { $0[mode, default: []].append(stage) }
        return result
    }

    func withRedis<Result>(_ body: (RedisServer) throws -> Result) throws -> Result {
        let server = try idleServers.withLock { $0.popLast() } ?? RedisServer()
        try Self.reset(server)
        let result = try body(server)
        idleServers.withLock { $0.append(server) }
        return result
    }

    /// What the program says with Redis alone.
    func transcript(of program: ClientProgram) throws -> String {
        if let known = transcripts.withLock({ $0[program.testDescription] }) { return known }
        let (exit, output) = try withRedis { try program.run(port: $0.port) }
        guard exit == .code(0) else {
            throw SupportError("\(program.testDescription) failed with Redis itself (\(exit)): \(output)")
        }
        transcripts.withLock { $0[program.testDescription] = output }
        return output
    }

    private static func reset(_ server: RedisServer) throws {
        let client = try HiredisClient(server.unix)
        _ = try client.command("FLUSHALL")
        _ = try client.command("SCRIPT", "FLUSH")
        _ = try client.command("FUNCTION", "FLUSH")
        _ = try client.command("CONFIG", "RESETSTAT")
    }
}
