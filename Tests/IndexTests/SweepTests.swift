import TestSupport
import Testing

@testable import Invalidation

@Suite("Members whose keys are gone")
struct SweepTests {
    private static let tag = "tag item:** items\n"

    @Test("fault 180: names of keys that expire are removed as fast as they come")
    func inflow() throws {
        let stage = try IndexStage(Self.tag)
        let clock = ContinuousClock()
        let start = clock.now
        var number = 0
        var worst = 0
        while clock.now - start < .seconds(6) {
            for _ in 0..<50 {
                number += 1
                try stage.client.send(
                    RequestEncoding.command(
                        RequestEncoding.arguments(of: "SET item:\(number) x PX 300")))
            }
            for _ in 0..<50 { #expect(try stage.client.readFrame().reply == .simple("OK")) }
            if number % 500 == 0 { worst = max(worst, try stage.members("freshet:tag:items")) }
        }
        #expect(number > 2000)
        // Not even half of what was written was there at any time.
        #expect(worst < max(3000, number / 2), "\(worst) of \(number)")
        try waitUntil("none is left", withinMilliseconds: 30_000) {
            try stage.members("freshet:tag:items") == 0
        }
        #expect(try stage.proxy.metric("freshet_sweep_behind{role=\"primary\"}") == 0)
    }

    @Test("sets that others fill are found and swept, in every database, and their tags with them")
    func others() throws {
        let stage = try IndexStage("sweep-interval 1s\n" + Self.tag + "tag page:{lang}:** pages/{lang}\n")
        for database in [0, 3] {
            try stage.redis("SELECT \(database)")
            for number in 0..<1500 { try stage.redis("SADD freshet:tag:items item:\(number)") }
            try stage.redis("SADD freshet:tag:pages/en page:en:1")
            try stage.redis("SADD freshet:sub:pages pages/en")
            try stage.redis("SADD freshet:own:gone items")
            try stage.redis("SET item:7 x")
        }
        for database in [0, 3] {
            try stage.redis("SELECT \(database)")
            try waitUntil("all but one are swept from database \(database)", withinMilliseconds: 30_000) {
                let left = try stage.redis("EXISTS freshet:tag:pages/en freshet:sub:pages freshet:own:gone")
                return try left == .integer(0) && stage.members("freshet:tag:items") == 1
            }
        }
    }

    @Test("fault 180: a set is looked at again when half as many have died as are alive, or a few")
    func pace() {
        var set = SweptSet(now: 0)
        // 10,000 live, 5,000 a second die.
        #expect(
            set.took(cursor: "9", looked: 1000, removed: 500, size: 14_500, now: 900, longest: 60_000) == 0)
        let wait = set.took(
            cursor: "0", looked: 14_000, removed: 4500, size: 10_000, now: 1000, longest: 60_000)
        #expect(wait == 1000)
        // Nothing dies any more.
        var waits: [UInt64] = []
        var now: UInt64 = 2000
        for _ in 0..<8 {
            waits.append(
                set.took(cursor: "0", looked: 10_000, removed: 0, size: 10_000, now: now, longest: 60_000))
            now += waits.last ?? 0
        }
        #expect(waits == [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
    }

    @Test("fault 180: what dies faster than it is removed is told of")
    func behind() {
        var set = SweptSet(now: 0)
        var now: UInt64 = 0
        for _ in 0..<3 {
            #expect(!set.isBehind)
            now += 10_000
            _ = set.took(
                cursor: "0", looked: 60_000, removed: 50_000, size: 10_000, now: now, longest: 60_000)
        }
        #expect(set.isBehind)
        now += 1000
        _ = set.took(cursor: "0", looked: 15_000, removed: 5000, size: 10_000, now: now, longest: 60_000)
        #expect(!set.isBehind)
    }
}
