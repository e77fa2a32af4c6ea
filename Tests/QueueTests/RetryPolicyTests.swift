import Config
import Testing

@testable import Invalidation

/// What becomes of failures, and how long is waited.
@Suite("Attempts")
struct RetryPolicyTests {
    private let policy = RetryPolicy(
        attempts: 3, backoff: .init(minimum: .seconds(1), maximum: .seconds(300)))

    private func verdict(_ error: String, failed: Int = 0, refusals: Int = 0) -> RetryPolicy.Verdict {
        var random = SystemRandomNumberGenerator()
        return policy.verdict(error, failed: failed, refusals: refusals, using: &random)
    }

    @Test(
        "what no attempt can change is given up at once",
        arguments: [
            "NOPERM this user has no permissions", "WRONGTYPE Operation against a key",
            "connection lost: Redis refused the connection: ERR DB index is out of range",
            "connection lost: Redis refused the connection: NOPERM User has no permissions to run 'select'",
            "ERR unknown command 'UNLINK'", "ERR wrong number of arguments for 'unlink' command",
        ])
    func hopeless(_ error: String) { #expect(verdict(error) == .never) }

    @Test(
        "what says nothing about the work is no attempt, however often it is said",
        arguments: [
            "LOADING Redis is loading", "READONLY You can't write", "BUSY Redis is busy", "MISCONF Redis is",
            "connection lost: closed", "connection lost: Redis refused the connection: WRONGPASS",
            "connection lost: Redis refused the connection: ERR max number of clients reached",
            "connection lost: Redis refused the connection: DENIED Redis is running in protected mode",
            "CLUSTERDOWN Hash slot", "OOM command not allowed",
        ])
    func passing(_ error: String) {
        for failures in [0, 3, 1000] {
            guard case .again(let wait, let counts) = verdict(error, failed: failures, refusals: failures)
            else {
                Issue.record("\(error) was given up")
                return
            }
            #expect(!counts)
            #expect((0...1000).contains(wait))
        }
    }

    @Test("other errors are tried retry-attempts times")
    func counted() {
        for failed in 0..<3 {
            guard case .again(_, let counts) = verdict("ERR something", failed: failed) else {
                Issue.record("given up after \(failed)")
                return
            }
            #expect(counts)
        }
        #expect(verdict("ERR something", failed: 3) == .never)
    }

    @Test("waits are spread evenly from nothing to twice as much each time, and never past the longest")
    func jitter() {
        let patient = RetryPolicy(attempts: 60, backoff: policy.backoff)
        var random = SystemRandomNumberGenerator()
        for failed in 0..<60 {
            let ceiling = min(300_000, failed < 20 ? 1000 << failed : .max)
            #expect(patient.ceiling(failed) == ceiling)
            let waits = (0..<400).compactMap { _ -> Int? in
                let verdict = patient.verdict("ERR x", failed: failed, refusals: failed, using: &random)
                guard case .again(let wait, true) = verdict else { return nil }
                return wait
            }
            #expect(waits.count == 400)
            #expect(waits.allSatisfy { (0...ceiling).contains($0) })
            // One in four is expected in each quarter; that fewer than 40 of 400 are there has no chance.
            for quarter in 0..<4 {
                let low = ceiling * quarter / 4
                let high = ceiling * (quarter + 1) / 4
                #expect(waits.count { $0 >= low && $0 <= high } > 40)
            }
        }
    }
}
