import TestSupport
import Testing

/// Verbs say what was expected when they are given something else.
@Suite("Verbs of the queue")
struct VerbTests {
    @Test("wrong words are answered with an error and change nothing")
    func errors() throws {
        let stage = try QueueStage("depend page:{id} on user:{id}")
        for line in [
            "QUEUE NONSENSE", "QUEUE SHOW", "QUEUE SHOW x", "QUEUE SHOW 99", "QUEUE LIST LIMIT",
            "QUEUE LIST LIMIT 0", "QUEUE LIST STATE dead", "QUEUE LIST NONSENSE 1", "QUEUE PAUSE 1",
            "QUEUE CANCEL 1", "DLQ", "DLQ NONSENSE", "DLQ SHOW x", "DLQ RETRY", "DLQ LIST SIDE left",
            "DLQ LIST SINCE tomorrow", "PAUSE a b", "RESUME a b c", "RESUME",
            "PAUSE norule", "QUEUE SHOW 0", "QUEUE SHOW -1", "QUEUE SHOW -9223372036854775808",
            "QUEUE CANCEL -9223372036854775808", "DLQ SHOW 9223372036854775807",
        ] {
            let reply = try stage.admin(line)
            #expect(reply.isError, "\(line) answered \(reply)")
        }
        let help = try stage.admin("HELP").elements?.compactMap(\.text) ?? []
        for verb in ["QUEUE", "DLQ", "PAUSE", "RESUME"] {
            #expect(help.contains { $0.hasPrefix(verb) })
        }
    }
}
