@testable import Invalidation
import Testing

@Suite("The pace of a drain")
struct PaceTests {
    @Test("so many keys a second go, whatever is asked for")
    func bucket() {
        var bucket = KeyBucket()
        var gone = 0
        for millisecond in 0...1000 {
            gone += bucket.take(500, rate: 2000, now: Int64(millisecond) * 1_000_000)
        }
        #expect((1900...2021).contains(gone), "\(gone)")
    }

    @Test("what was taken beyond the grant is paid back")
    func debt() {
        var bucket = KeyBucket()
        #expect(bucket.take(1, rate: 1000, now: 0) == 1)
        bucket.giveBack(-100)
        #expect(bucket.take(10, rate: 1000, now: 50_000_000) == 0)
        #expect(bucket.take(10, rate: 1000, now: 150_000_000) > 0)
    }

    @Test("without a rate nothing is held back")
    func unbounded() {
        var bucket = KeyBucket()
        for _ in 0..<10 { #expect(bucket.take(500, rate: nil, now: 0) == 500) }
    }

    @Test("the rate falls while Redis answers slowly, never to nothing, and rises again")
    func feedback() {
        var feedback = LatencyFeedback()
        for _ in 0..<5 { feedback.calm(100_000) }
        let first = feedback.rate
        for _ in 0..<3 { feedback.measured(250_000, percent: 200) }
        #expect(feedback.rate < first)
        for _ in 0..<200 { feedback.measured(250_000, percent: 200) }
        let lowest = feedback.rate
        #expect(lowest == LatencyFeedback.usualLowest)
        for _ in 0..<200 { feedback.measured(20_000_000, percent: 200) }
        #expect(feedback.rate == LatencyFeedback.lowest)
        for _ in 0..<20 { feedback.measured(120_000, percent: 200) }
        #expect(feedback.rate > LatencyFeedback.lowest)
        #expect(feedback.rate <= LatencyFeedback.highest)
    }

    @Test("a single slow answer changes nothing")
    func chance() {
        var feedback = LatencyFeedback()
        for _ in 0..<5 { feedback.calm(100_000) }
        let first = feedback.rate
        feedback.measured(900_000, percent: 200)
        #expect(feedback.rate >= first)
    }

    @Test("a spread lets go as large a part as of the time has passed")
    func spread() {
        let progress = Cascade.Progress(done: 100, expected: 1000)
        #expect(SpreadClock.allowance(progress, elapsed: 50, of: 1000) == 0)
        #expect(SpreadClock.allowance(progress, elapsed: 500, of: 1000) == 401)
        #expect(SpreadClock.allowance(progress, elapsed: 1000, of: 1000) == Int.max)
    }
}
