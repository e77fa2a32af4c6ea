import TestSupport
import Testing

@Suite("The state directory's disk is full")
struct FullDiskTests {
    @Test("writes go on and are counted; with room again intents are kept", .enabled(if: SmallDisk.canMount))
    func fullDisk() throws {
        let disk = try SmallDisk(kilobytes: 3000)
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: """
                depend view:{n} on src:{n}
                state-dir \(disk.path)
                intent-journal-limit 1mb
                """)
        let client = try RawClient(proxy.unix)
        try disk.fill()
        let requests = (0..<200).flatMap {
            RequestEncoding.command(["SET", "src:\($0)" + String(repeating: "x", count: 200), "1"])
        }
        var rounds = 0
        try waitUntil("intents fail", withinMilliseconds: 30_000) {
            rounds += 1
            try client.send(requests)
            #expect(try client.readFrames(200).allSatisfy { $0.reply == .simple("OK") })
            return try proxy.metric("freshet_intents_failed_total") ?? 0 > 0
        }
        #expect(try proxy.metric("freshet_durability_degraded{part=\"intents\"}") == 1)
        #expect(proxy.log.contains("durability is degraded"))
        try disk.makeRoom()
        try waitUntil("it works again", withinMilliseconds: 30_000) {
            try client.send(requests)
            #expect(try client.readFrames(200).allSatisfy { $0.reply == .simple("OK") })
            return try proxy.metric("freshet_durability_degraded{part=\"intents\"}") == 0
        }
        proxy.stop()
    }

    @Test(
        "fault 204: with a disk that is full at the start it starts, says so, and keeps what comes later",
        .enabled(if: SmallDisk.canMount))
    func fullAtStart() throws {
        let disk = try SmallDisk(kilobytes: 8000)
        try disk.fill()
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: """
                depend view:{n} on src:{n}
                rule late on src:{n} invalidate page:{n} after 1h
                state-dir \(disk.path)/state
                intent-journal-limit 1mb
                """)
        let client = try RawClient(proxy.unix)
        for part in ["intents", "queue"] {
            try waitUntil("\(part) are said not to be kept; \(proxy.log)") {
                try proxy.metric("freshet_durability_degraded{part=\"\(part)\"}") == 1
            }
        }
        #expect(try client.command("SET", "src:1", "1") == .simple("OK"))
        #expect(!proxy.log.contains("survives a crash again"))
        try waitUntil("the alert fires; \(proxy.log)") {
            proxy.log.contains("FreshetDurabilityDegraded")
        }
        try disk.makeRoom()
        for part in ["intents", "queue"] {
            try waitUntil("\(part) are kept; \(proxy.log)", withinMilliseconds: 30_000) {
                try proxy.metric("freshet_durability_degraded{part=\"\(part)\"}") == 0
            }
        }
        #expect(try client.command("SET", "src:2", "1") == .simple("OK"))
        try waitUntil("an intent is noted") { try proxy.metric("freshet_intents_total") ?? 0 > 0 }
        proxy.stop()
    }

    @Test(
        "fault 204: on a disk that fills up later it is degraded until a commit succeeds, and tries seldom",
        .enabled(if: SmallDisk.canMount))
    func queueFills() throws {
        let disk = try SmallDisk(kilobytes: 3000)
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: """
                rule late on src:{n} invalidate page:{n} after 1h
                state-dir \(disk.path)
                intent-journal-limit 1mb
                """)
        let client = try RawClient(proxy.unix)
        try disk.fill()
        var number = 0
        try waitUntil("the queue is not kept; \(proxy.log)", withinMilliseconds: 30_000) {
            number += 1
            _ = try client.command("SET", "src:\(number)" + String(repeating: "x", count: 500), "1")
            return try proxy.metric("freshet_durability_degraded{part=\"queue\"}") == 1
        }
        #expect(!proxy.log.contains("survives a crash again"))
        try disk.makeRoom()
        try waitUntil("it is kept again; \(proxy.log)", withinMilliseconds: 30_000) {
            try proxy.metric("freshet_durability_degraded{part=\"queue\"}") == 0
        }
        let told = proxy.log.split(separator: "\n").count {
            $0.contains("survives a crash again") && $0.contains("queue")
        }
        #expect(told <= 1)
        proxy.stop()
    }
}
