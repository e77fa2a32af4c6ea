import Synchronization
public import TestSupport

/// A siege: the whole process under hostile clients, operators, replies, disks and files, round after round.
///
/// It must neither end nor hang nor grow: once the relay is honest, a fresh connection is served within a
/// bound, and whatever lies in its directory, it starts.
public struct SiegeRun {
    private let seed: Seed
    private let report: (String) -> Void
    public let score = SiegeScore()

    /// `report` gets a line for each round.
    public init(seed: Seed, report: @escaping (String) -> Void) {
        self.seed = seed
        self.report = report
    }

    /// Runs rounds until so many milliseconds have passed, at least one; each starts the process three times.
    public func run(milliseconds: Int, roundMilliseconds: Int = 6000) throws {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        var number = 0
        repeat {
            try round(number, milliseconds: roundMilliseconds)
            number += 1
        } while ContinuousClock.now < end && score.isClean
    }

    /// Runs the round of this number alone.
    public func round(_ number: Int, milliseconds: Int) throws {
        var random = seed.derived(number)
        let setup = SiegeSetup(&random)
        let stage = try SiegeStage(setup, score, seed: random.derived(1))
        var damage = StateDamage(random.derived(2))
        for attack in 0..<3 {
            guard score.isClean else { break }
            try self.attack(stage, random.derived(10 + attack), milliseconds: milliseconds / 3)
            try stage.checkService("round \(number), attack \(attack)")
            let end = damage.end()
            stage.end(end)
            guard attack < 2, score.isClean else { break }
            let what = damage.strike(stage.stateDirectory)
            stage.startAgain("\(end), \(what)")
        }
        report("round \(number), \(setup): \(score)")
    }

    private func attack(_ stage: SiegeStage, _ seed: Seed, milliseconds: Int) throws {
        stage.isOver.store(false, ordering: .sequentiallyConsistent)
        let threads = Threads()
        for number in 0..<stage.setup.clients {
            let seed = seed.derived(number)
            threads.start { SiegeClient(number, stage, seed: seed).run() }
        }
        threads.start { HostileOperator(stage, seed: seed.derived(-1)).run() }
        var random = seed.derived(-2)
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        while ContinuousClock.now < end, stage.proxy.exit == nil {
            let lies = Int.random(in: 0..<4, using: &random) > 0
            stage.relay.isHonest.store(!lies, ordering: .sequentiallyConsistent)
            if stage.setup.disk != .roomy {
                try Bool.random(using: &random) ? stage.fillDisk() : stage.makeRoom()
            }
            pause(milliseconds: 20 + Int.random(in: 0..<300, using: &random))
        }
        stage.isOver.store(true, ordering: .sequentiallyConsistent)
        try threads.join()
    }
}
