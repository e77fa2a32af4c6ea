import StampedLoad
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `stamp [MINUTES]`: runs every setup for its share of the minutes, and fails on the first foreign reply.
@main
struct StampCommand {
    static func main() {
        let minutes = CommandLine.arguments.dropFirst().first.flatMap { Double($0) } ?? 3
        let seed = Seed.ofThisRun()
        say("\(seed), 64 clients, \(minutes) minutes")
        let run = StampRun(clients: 64, seed: seed, report: say)
        do {
            for setup in StampSetup.all where run.score.isClean {
                try run.run(setup, milliseconds: Int(minutes * 60_000) / StampSetup.all.count)
            }
        } catch {
            say("the load could not go on: \(error)")
            exit(2)
        }
        if let problem = run.score.firstProblem { say("\nfirst problem, \(seed):\n\(problem)\n") }
        say(run.score.description)
        exit(run.score.isClean ? 0 : 1)
    }

    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(1, bytes, bytes.count)
    }
}
