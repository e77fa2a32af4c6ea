import SiegeLoad
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `siege [SECONDS] [ROUND]`: besieges the executable for so long, and fails when it ends, hangs or grows.
///
/// `FRESHET_SEED` makes it choose the same again; with ROUND only that round is run.
@main
struct SiegeCommand {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst().map { Int($0) ?? 60 }
        let seconds = arguments.first ?? 60
        let seed = Seed.ofThisRun()
        say("\(seed), \(seconds) seconds")
        let run = SiegeRun(seed: seed, report: say)
        do {
            if arguments.count > 1 {
                try run.round(arguments[1], milliseconds: 6000)
            } else {
                try run.run(milliseconds: seconds * 1000)
            }
        } catch {
            say("the siege could not go on: \(error)")
            exit(2)
        }
        for problem in run.score.problems { say("\n\(seed): \(problem)\n") }
        say(run.score.description)
        exit(run.score.isClean ? 0 : 1)
    }

    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(1, bytes, bytes.count)
    }
}
