import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What happens to Redis, to the links and to the proxy while clients talk.
final class Disturbance {
    enum Kind: CaseIterable {
        case killAllLinks, killOneLink, resetOne, resetAll, closeOne, halfClose, cutInReply, cutInRequest
        case slice, stall, latency, pauseRedis, killRedis, refuse, reload, reloadStorm
    }

    private let stage: StampStage
    private var seed: Seed
    private let configuration: String
    private var reloads = 0

    init(_ stage: StampStage, seed: Seed) throws {
        self.stage = stage
        self.seed = seed
        configuration = try FileSystem.readText(stage.proxy.configurationPath)
    }

    /// Does one thing, mends it, and says what it was.
    func strike() throws -> Kind {
        let kind = Kind.allCases.randomElement(using: &seed) ?? .stall
        try strike(kind)
        return kind
    }

    private func strike(_ kind: Kind) throws {
        let line = stage.line
        switch kind {
        case .killAllLinks: try stage.redis.command("CLIENT", "KILL", "TYPE", "normal")
        case .killOneLink: try killOneLink()
        case .resetOne: line.reset(anyConnection)
        case .resetAll: line.reset()
        case .closeOne: line.close(anyConnection)
        case .halfClose: line.halfClose(Bool.random(using: &seed) ? .toClient : .toServer, of: anyConnection)
        case .cutInReply: try cut(.toClient)
        case .cutInRequest: try cut(.toServer)
        case .slice: try slice()
        case .stall:
            let direction: FaultProxy.Direction? = [.toClient, .toServer, nil].randomElement(using: &seed)!
            line.stall(direction, of: Bool.random(using: &seed) ? anyConnection : nil)
            pause(milliseconds: random(20...600))
            line.resume()
        case .latency:
            line.set { $0.latencyMilliseconds = random(1...20) }
            pause(milliseconds: random(50...300))
            try line.heal()
        case .pauseRedis:
            stage.redis.pause()
            pause(milliseconds: random(20...800))
            stage.redis.resume()
        case .killRedis: try killRedis()
        case .refuse:
            line.refuseConnections()
            line.close(anyConnection)
            pause(milliseconds: random(20...300))
            try line.acceptConnections()
        case .reload: try reload()
        case .reloadStorm: for _ in 0..<10 { try reload() }
        }
    }

    private func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &seed) }

    private var anyConnection: Int { stage.line.connections.randomElement(using: &seed)?.identifier ?? 0 }

    private func killOneLink() throws {
        let list = try stage.redis.command("CLIENT", "LIST").text ?? ""
        let identifiers = list.split(separator: "\n").compactMap { line -> Substring? in
            line.contains("name=freshet") ? line.split(separator: " ").first?.dropFirst(3) : nil
        }
        guard let identifier = identifiers.randomElement(using: &seed) else { return }
        try stage.redis.command("CLIENT", "KILL", "ID", "\(identifier)")
    }

    private func cut(_ direction: FaultProxy.Direction) throws {
        let ways: [FaultProxy.Cut] = [.reset, .close, .silence]
        stage.line.set(direction, of: Bool.random(using: &seed) ? anyConnection : nil) {
            $0.bytesUntilCut = random(0...20_000)
            $0.cut = ways.randomElement(using: &seed)!
        }
        pause(milliseconds: random(20...200))
        try stage.line.heal()
    }

    private func slice() throws {
        stage.line.set {
            $0.sliceBytes = random(1...200)
            $0.slicePauseMicroseconds = random(0...200)
        }
        pause(milliseconds: random(50...500))
        try stage.line.heal()
    }

    private func killRedis() throws {
        try stage.redis.kill()
        stage.epoch.add(1, ordering: .sequentiallyConsistent)
        pause(milliseconds: random(0...300))
        try stage.redis.start()
    }

    /// Reloads the configuration with one convention more, or one less.
    private func reload() throws {
        reloads += 1
        let more = reloads % 2 == 1 ? "tag extra:{name} extra/{name}\n" : ""
        try FileSystem.write(configuration + more, to: stage.proxy.configurationPath)
        stage.proxy.signal(SIGHUP)
        pause(milliseconds: 2)
    }
}
