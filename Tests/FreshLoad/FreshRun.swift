import Synchronization
public import TestSupport

/// Episodes of a storm, each with conventions and a set-up of its own, and a look at the end of each.
public final class FreshRun {
    /// What a run has found.
    public struct Result: Sendable {
        public var episodes = 0
        public var rounds = 0
        public var writes = 0
        public var builds = 0
        public var works = 0
        public var checked = 0
        /// Each stale key, with what it was built from.
        public var stale: [String] = []

        public var description: String {
            "\(episodes) episodes, \(rounds) rounds, \(writes) writes, \(builds) rebuilds, "
                + "\(works) invalidations by hand, \(checked) dependents checked, \(stale.count) stale"
        }
    }

    private let clients: Int
    private let seed: Seed
    private let report: (String) -> Void
    public private(set) var result = Result()

    public init(clients: Int, seed: Seed, report: @escaping (String) -> Void) {
        self.clients = clients
        self.seed = seed
        self.report = report
    }

    /// Runs episode `number`: so many rounds of a storm, each with a look at what is left of it.
    public func run(episode number: Int, rounds: Int) throws {
        var seed = seed.derived(number)
        let setup = FreshSetup(&seed)
        let stage = try FreshStage(setup)
        let threads = Threads()
        for client in 0..<clients {
            let seed = seed.derived(client + 1)
            threads.start { FreshActor(client, stage, seed: seed).run() }
        }
        let operatorSeed = seed.derived(0)
        threads.start { FreshOperator(stage, seed: operatorSeed).run() }
        var check = FreshCheck(stage)
        defer {
            stage.enter(.over)
            try? threads.join()
        }
        for round in 0..<rounds where check.stale.isEmpty {
            stage.firstHot.store(round * FreshPlan.hotGroups % FreshPlan.groups, ordering: .relaxed)
            stage.enter(.storm)
            pause(milliseconds: Int.random(in: 50...250, using: &seed))
            stage.enter(.building)
            pause(milliseconds: 20)
            try stage.rest()
            try check.look()
            result.rounds += 1
        }
        try check.lookAtRest()
        note(check, episode: number)
    }

    private func note(_ check: FreshCheck, episode: Int) {
        let stage = check.stage
        result.episodes += 1
        result.writes += stage.writes.load(ordering: .relaxed)
        result.builds += stage.builds.load(ordering: .relaxed)
        result.works += stage.works.load(ordering: .relaxed)
        result.checked += check.checked
        result.stale += check.stale.map { "episode \(episode): \($0)" }
        let setup = stage.setup
        report(
            "episode \(episode): \(setup.description): \(check.checked) checked, \(check.stale.count) stale")
        guard !check.stale.isEmpty else { return }
        for line in check.stale.prefix(8) { report("  stale: \(line)") }
        for line in setup.plan.lines { report("  \(line)") }
    }
}
