import TestSupport
import Testing

/// A command that writes both sources and what depends on them.
@Suite("What one command writes")
struct OwnWritesTests {
    @Test(
        "dependents that the same command wrote stay, however many its keys are; others go",
        arguments: ["shared", "dedicated"], [90, 250])
    func dependents(_ connections: String, count: Int) throws {
        let stage = try Stage("connections \(connections)\ndepend profile:{id} on user:{id}")
        try stage.redis("SET profile:\(count - 1) stale")
        var arguments = ["MSET"]
        for number in 0..<count { arguments += ["user:\(number)", "x"] }
        for number in 0..<(count - 1) { arguments += ["profile:\(number)", "x"] }
        try stage.client.send(RequestEncoding.command(arguments))
        #expect(try stage.client.readFrame().reply == .simple("OK"))
        try waitUntil("the stale profile to be gone") { try stage.existing("profile:\(count - 1)").isEmpty }
        _ = try stage.audit("cascade", count: 1)
        #expect(try stage.redis("DBSIZE") == .integer(2 * count - 1))
    }
}
