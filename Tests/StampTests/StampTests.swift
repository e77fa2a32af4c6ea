import StampedLoad
import TestSupport
import Testing

@Suite("Stamped load")
struct StampTests {
    @Test(
        "no client ever sees a reply that is not its own, whatever breaks", arguments: StampSetup.all)
    func noForeignReplies(_ setup: StampSetup) throws {
        let seed = Seed.ofThisRun()
        let run = StampRun(clients: 10, seed: seed, report: { _ in })
        try run.run(setup, milliseconds: 2000)
        #expect(run.score.isClean, "\(seed), \(run.score.description)\n\(run.score.firstProblem ?? "")")
    }
}
