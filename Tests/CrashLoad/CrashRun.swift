import Synchronization
public import TestSupport

/// A storm of writes and fills through a proxy that is killed again and again.
///
/// After every kill the proxy is started again, is given time to finish what it owes, and then Redis alone is
/// asked: whatever dependent is there must say the version that its source has.
public final class CrashRun {
    /// What a run has found.
    public struct Result: Sendable {
        public var kills = 0
        public var writes = 0
        public var fills = 0
        public var lost = 0
        public var checked = 0
        public var adopted = 0
        /// Each stale dependent: its name, its version, and that of its source.
        public var stale: [String] = []

        public var description: String {
            "\(kills) kills, \(writes) writes, \(fills) fills, \(lost) operations cut off, "
                + "\(adopted) intents taken over, \(checked) dependents checked, \(stale.count) stale dependents"
        }
    }

    private let setup: CrashSetup
    private let clients: Int
    private var seed: Seed
    private let report: (String) -> Void
    public private(set) var result = Result()

    public init(_ setup: CrashSetup, clients: Int, seed: Seed, report: @escaping (String) -> Void) {
        self.setup = setup
        self.clients = clients
        self.seed = seed
        self.report = report
    }

    public func run(kills: Int) throws {
        let stage = try CrashStage(setup)
        let threads = Threads()
        for number in 0..<clients {
            let seed = seed.derived(number)
            threads.start { CrashClient(number, stage, seed: seed).run() }
        }
        defer {
            stage.isOver.store(true, ordering: .sequentiallyConsistent)
            try? threads.join()
        }
        for kill in 1...kills {
            try strike(stage)
            result.kills = kill
            if kill % 10 == 0 { report(result.description) }
        }
    }

    private func strike(_ stage: CrashStage) throws {
        pause(milliseconds: Int.random(in: 10...200, using: &seed))
        try stage.proxy.kill()
        try stage.proxy.start()
        pause(milliseconds: Int.random(in: 0...100, using: &seed))
        stage.isPaused.store(true, ordering: .sequentiallyConsistent)
        try waitUntil("every client has its replies", withinMilliseconds: 60_000) {
            stage.busy.load(ordering: .sequentiallyConsistent) == 0
        }
        try settle(stage)
        try check(stage)
        result.writes = stage.writes.load(ordering: .relaxed)
        result.fills = stage.fills.load(ordering: .relaxed)
        result.lost = stage.lost.load(ordering: .relaxed)
        stage.locks.releaseAll()
        stage.isPaused.store(false, ordering: .sequentiallyConsistent)
    }

    /// Waits until the proxy owes nothing: twice, for a worker's counts are published now and then.
    private func settle(_ stage: CrashStage) throws {
        let owed = ["freshet_recovery_pending", "freshet_queue_items", "freshet_intents_open"]
        var quiet = 0
        try waitUntil("the proxy has done what it owes", withinMilliseconds: 60_000) {
            let isQuiet = try owed.allSatisfy { try (stage.proxy.metric($0) ?? 0) == 0 }
            quiet = isQuiet ? quiet + 1 : 0
            if quiet < 2 { pause(milliseconds: 260) }
            return quiet == 2
        }
        result.adopted += Int(try stage.proxy.metric("freshet_intents_adopted_total") ?? 0)
    }

    private func check(_ stage: CrashStage) throws {
        let client = try RawClient(stage.redis.unix)
        for source in 0..<CrashSetup.sources {
            let dependents = CrashSetup.computed(source) + CrashSetup.recorded(source)
            try client.send(RequestEncoding.command(["MGET", CrashSetup.source(source)] + dependents))
            let values = try client.readFrame().reply.elements ?? []
            let current = values.first?.text?.prefix { $0 != ":" }
            for (dependent, value) in zip(dependents, values.dropFirst()) {
                guard let version = value.text else { continue }
                result.checked += 1
                if let current, version == current { continue }
                result.stale.append("\(dependent) has \(version), its source \(current ?? "is gone")")
                _ = try client.command("DEL", dependent)
            }
        }
    }
}
