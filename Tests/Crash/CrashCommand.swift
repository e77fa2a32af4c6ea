import CrashLoad
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `crash [KILLS] [DURABILITY]`: kills the proxy so often in a storm of writes, and fails on a stale dependent.
@main
struct CrashCommand {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let kills = arguments.first.flatMap { Int($0) } ?? 200
        let durability = arguments.count > 1 ? arguments[1] : "everysec"
        let seed = Seed.ofThisRun()
        say("\(seed), cascade-durability \(durability), \(kills) kills")
        let run = CrashRun(CrashSetup(durability: durability), clients: 12, seed: seed, report: say)
        do {
            try run.run(kills: kills)
        } catch {
            say("the storm could not go on: \(error)")
            exit(2)
        }
        for line in run.result.stale.prefix(20) { say("stale: \(line)") }
        say(run.result.description)
        exit(run.result.stale.isEmpty ? 0 : 1)
    }

    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(1, bytes, bytes.count)
    }
}
