import Synchronization
import TestSupport

/// A client of the storm: writes sources in every way that takes another path through the proxy, and fills
/// dependents as caches do, from what it has read of their source.
final class CrashClient {
    /// The operation's end was not seen.
    private struct Lost: Error {}

    private let stage: CrashStage
    private let number: Int
    private var seed: Seed
    private var client: RawClient?
    /// Longer than `stream-threshold`: such a write flows through a link of its own.
    private static let padding = String(repeating: "x", count: 70_000)

    init(_ number: Int, _ stage: CrashStage, seed: Seed) {
        self.number = number
        self.stage = stage
        self.seed = seed
    }

    func run() {
        while !stage.isOver.load(ordering: .sequentiallyConsistent) {
            stage.busy.add(1, ordering: .sequentiallyConsistent)
            let isPaused = stage.isPaused.load(ordering: .sequentiallyConsistent)
            if !isPaused { actOnce() }
            stage.busy.subtract(1, ordering: .sequentiallyConsistent)
            if isPaused { pause(milliseconds: 1) }
        }
    }

    private func actOnce() {
        guard connect() else { return pause(milliseconds: 2) }
        let count = Int.random(in: 0..<4, using: &seed) == 0 ? 12 : 1
        let sources = Array(
            Set((0..<count).map { _ in Int.random(in: 0..<CrashSetup.sources, using: &seed) }))
        guard stage.locks.take(sources) else { return }
        do {
            if Bool.random(using: &seed) { try write(sources) } else { try fill(sources) }
            stage.locks.release(sources)
        } catch {
            // The sources stay taken: what was sent may still happen.
            stage.lost.add(1, ordering: .relaxed)
            client = nil
        }
    }

    /// Every other client is another user, whose cascades do not ride along with the writes.
    private func connect() -> Bool {
        if client != nil { return true }
        guard let fresh = try? RawClient(stage.proxy.unix, limitMilliseconds: 30_000) else { return false }
        if number % 2 == 1 {
            guard let reply = try? fresh.command("AUTH", CrashStage.user, CrashStage.password),
                !reply.isError
            else { return false }
        }
        client = fresh
        return true
    }

    // MARK: Writing

    private func write(_ sources: [Int]) throws {
        stage.writes.add(sources.count, ordering: .relaxed)
        switch Int.random(in: 0..<7, using: &seed) {
        case 0: try send([["MSET"] + sources.flatMap { [CrashSetup.source($0), version()] }])
        case 1: try send([["MULTI"]] + sets(sources) + [["EXEC"]])
        case 2: try send(sources.map { ["DEL", CrashSetup.source($0)] })
        case 3: try send(sources.map { ["SET", CrashSetup.source($0), version(), "XX"] })
        case 4: try send([["SET", CrashSetup.source(sources[0]), version() + ":" + Self.padding]])
        default: try send(sets(sources))
        }
    }

    private func sets(_ sources: [Int]) -> [[String]] {
        sources.map { ["SET", CrashSetup.source($0), version()] }
    }

    private func version() -> String { "\(stage.nextVersion())" }

    // MARK: Filling

    private func fill(_ sources: [Int]) throws {
        stage.fills.add(sources.count, ordering: .relaxed)
        let values = try send(sources.map { ["GET", CrashSetup.source($0)] })
        var commands: [[String]] = []
        for (source, value) in zip(sources, values) {
            guard let version = value.text?.prefix(while: { $0 != ":" }), !version.isEmpty else { continue }
            for key in CrashSetup.computed(source) + CrashSetup.recorded(source) {
                commands.append(["SET", key, String(version)])
            }
        }
        if commands.isEmpty { return }
        if Bool.random(using: &seed) { commands = [["MULTI"]] + commands + [["EXEC"]] }
        try send(commands)
    }

    // MARK: Sending

    /// Sends the commands in one piece, and waits for all replies.
    @discardableResult
    private func send(_ commands: [[String]]) throws -> [Reply] {
        guard let client else { throw Lost() }
        try client.send(commands.flatMap { RequestEncoding.command($0) })
        let replies = try client.readFrames(commands.count).map(\.reply)
        guard !replies.contains(where: \.isError) else { throw Lost() }
        return replies
    }
}
