import Synchronization
public import TestSupport

/// A stamped load: many clients whose every value says whose it is, while links, Redis and clients fail.
///
/// No client may ever see a reply that is not its own: wrong owner, wrong order, wrong type, or missing.
public struct StampRun {
    private let clients: Int
    private let seed: Seed
    private let report: (String) -> Void
    public let score = Score()

    /// `report` gets a line every ten seconds, and one for each setup.
    public init(clients: Int, seed: Seed, report: @escaping (String) -> Void) {
        self.clients = clients
        self.seed = seed
        self.report = report
    }

    /// Runs one setup for so many milliseconds, the first tenth of them undisturbed.
    public func run(_ setup: StampSetup, milliseconds: Int) throws {
        let stage = try StampStage(setup, clients: clients, score: score)
        let threads = Threads()
        for number in 0..<clients {
            let seed = seed.derived(number)
            threads.start { StampClient(number, stage, seed: seed).run() }
        }
        do {
            try disturb(stage, milliseconds: milliseconds)
        } catch {
            stage.isOver.store(true, ordering: .sequentiallyConsistent)
            throw error
        }
        stage.isOver.store(true, ordering: .sequentiallyConsistent)
        try threads.join()
        try checkProxy(stage)
        report("\(setup): \(score.description)")
    }

    private func disturb(_ stage: StampStage, milliseconds: Int) throws {
        let began = ContinuousClock.now
        let end = began + .milliseconds(milliseconds)
        pause(milliseconds: milliseconds / 10)
        stage.isCalm.store(false, ordering: .sequentiallyConsistent)
        let disturbance = try Disturbance(stage, seed: seed.derived(-1))
        var nextReport = began + .seconds(10)
        var strikes = 0
        while ContinuousClock.now < end, score.isClean {
            _ = try disturbance.strike()
            strikes += 1
            pause(milliseconds: 5 + strikes * 37 % 200)
            if ContinuousClock.now >= nextReport {
                nextReport += .seconds(10)
                report("\(stage.setup), \(strikes) disturbances: \(score.description)")
            }
        }
        try stage.line.heal()
    }

    /// The proxy must live, and must never have got a reply that nobody waited for.
    private func checkProxy(_ stage: StampStage) throws {
        let desyncs = try stage.proxy.metric("freshet_upstream_errors_total{code=\"desync\"}") ?? 0
        if desyncs > 0 {
            score.note(
                score.foreign, "\(stage.setup): \(desyncs) replies that nobody waited for; \(stage.proxy.log)"
            )
        }
    }
}
