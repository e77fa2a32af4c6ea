import Testing

@testable import Invalidation

@Suite("What fails again and again")
struct FailureLogTests {
    @Test("fault 183: it is tried again ever more rarely, at last once a minute, and logged once a minute")
    func pace() {
        var failures = FailureLog()
        var now: UInt64 = 5000
        var attempts: [UInt64] = []
        var lines: [Int] = []
        while now < 605_000 {
            if !failures.rests(now) {
                attempts.append(now)
                failures.failed(now)
                if let count = failures.countToTell(now) { lines.append(count) }
            }
            now += 50
        }
        let waits = zip(attempts.dropFirst(), attempts).map { $0 - $1 }
        #expect(waits.prefix(7) == [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000])
        #expect(waits.dropFirst(7).allSatisfy { $0 == 60_000 })
        #expect(lines.count <= 11)
        #expect(lines.first == 1)
        // No failure is left out of the lines but those since the last one.
        #expect(lines.reduce(0, +) >= attempts.count - 1)
    }

    @Test("what may be over is tried at once")
    func forgets() {
        var failures = FailureLog()
        for _ in 0..<5 { failures.failed(1000) }
        #expect(failures.rests(1001))
        failures.forget()
        #expect(!failures.rests(1001))
        failures.failed(1001)
        #expect(failures.waitMilliseconds == 1000)
    }
}
