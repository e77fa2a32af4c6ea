import CrashLoad
import TestSupport
import Testing

@Suite("Crashes")
struct CrashTests {
    @Test(
        "after kill -9 in a storm of writes no dependent is older than its source",
        arguments: ["everysec", "always"])
    func nothingIsStale(_ durability: String) throws {
        let seed = Seed.ofThisRun()
        let run = CrashRun(CrashSetup(durability: durability), clients: 8, seed: seed, report: { _ in })
        try run.run(kills: 4)
        let found = run.result
        #expect(found.stale.isEmpty, "\(seed), \(found.description)\n\(found.stale.joined(separator: "\n"))")
        #expect(found.checked > 0, "the storm left nothing that could have been stale: \(found.description)")
    }
}
