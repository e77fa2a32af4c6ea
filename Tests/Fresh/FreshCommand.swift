import FreshLoad
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `fresh [MINUTES]`: storms of writes, rebuilds and invalidations; fails on a key that is older at rest than
/// what it was built from.
@main
struct FreshCommand {
    private static let rounds = 25

    static func main() {
        let minutes = CommandLine.arguments.dropFirst().first.flatMap { Double($0) } ?? 3
        let seed = Seed.ofThisRun()
        let run = FreshRun(clients: 12, seed: seed, report: say)
        var clock = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &clock)
        let end = Double(clock.tv_sec) + minutes * 60
        say("\(seed), \(minutes) minutes")
        do {
            var episode = first
            repeat {
                try run.run(episode: episode, rounds: rounds)
                episode += 1
                _ = unsafe clock_gettime(CLOCK_MONOTONIC, &clock)
            } while Double(clock.tv_sec) < end
        } catch {
            say("the storm could not go on: \(error)")
            exit(2)
        }
        say(run.result.description)
        exit(run.result.stale.isEmpty ? 0 : 1)
    }

    /// The first episode: `FRESHET_EPISODE` repeats one that found something, together with `FRESHET_SEED`.
    private static var first: Int { ProcessEnvironment["FRESHET_EPISODE"].flatMap { Int($0) } ?? 0 }

    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(1, bytes, bytes.count)
    }
}
