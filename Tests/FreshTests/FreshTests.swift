import FreshLoad
import TestSupport
import Testing

@Suite("Freshness")
struct FreshTests {
    @Test(
        "at rest no key is older than what it was built from, whatever path it and its sources came by",
        arguments: 0..<6)
    func nothingIsStale(_ episode: Int) throws {
        let seed = Seed.ofThisRun()
        let run = FreshRun(clients: 8, seed: seed, report: { _ in })
        try run.run(episode: episode, rounds: 8)
        let found = run.result
        #expect(found.stale.isEmpty, "\(seed), \(found.description)\n\(found.stale.joined(separator: "\n"))")
        #expect(found.checked > 0, "the storm left nothing that could have been stale: \(found.description)")
    }
}
