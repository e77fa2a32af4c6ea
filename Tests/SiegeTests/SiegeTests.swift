import SiegeLoad
import TestSupport
import Testing

@Suite("Siege")
struct SiegeTests {
    @Test("nothing that arrives ends the process, hangs it or makes it grow", arguments: 0..<2)
    func siege(_ round: Int) throws {
        let run = SiegeRun(seed: Seed(20_261_201), report: { _ in })
        try run.round(round, milliseconds: 3000)
        #expect(run.score.isClean, "\(run.score)\n\(run.score.problems.joined(separator: "\n"))")
    }
}
