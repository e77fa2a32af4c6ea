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
}
