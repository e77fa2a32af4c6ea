import TestSupport
import Testing

@Suite("Clients that applications use")
struct ClientPatternTests {
    @Test(
        "find through Freshet what they find in Redis", arguments: ClientProgram.all, ConnectionMode.allCases)
    func pattern(_ program: ClientProgram, _ mode: ConnectionMode) throws {
        let expected = try ClientServers.shared.transcript(of: program)
        try ClientServers.shared.withStage(mode) { stage in
            let (exit, found) = try program.run(port: stage.proxy.port)
            try #require(exit == .code(0), "\(found)\nfreshet: \(stage.proxy.log)")
            try #require(difference(expected, found) == nil)
            try stage.waitForDeparture()
            #expect(try stage.proxy.metric("freshet_upstream_errors_total{code=\"desync\"}") == 0)
        }
    }

    /// The first line that differs, and its number.
    private func difference(_ expected: String, _ found: String) -> String? {
        let (left, right) = (Self.lines(expected), Self.lines(found))
        for number in 0..<max(left.count, right.count) {
            let old = number < left.count ? left[number] : "the end"
            let new = number < right.count ? right[number] : "the end"
            if old != new { return "line \(number + 1): Redis says \(old), through Freshet it is \(new)" }
        }
        return nil
    }

    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }
}
