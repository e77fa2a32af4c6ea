import TestSupport
import Testing

@Suite("A drain while the index is rebuilt")
struct SuspectIndexTests {
    @Test(
        "keys that the index did not know when the drain began are found, though it is trusted when it ends")
    func unknownKeys() throws {
        let redis = try RedisServer()
        let direct = try HiredisClient(redis.unix)
        _ = try direct.command("DEBUG", "POPULATE", "4000", "product")
        let proxy = try FreshetProcess(
            upstream: redis.unix,
            configuration: "tag product:** sale\nreconcile-rate 4000\ndrain-rate 1000")
        let admin = try RawClient(proxy.admin)
        try waitUntil("an index that knows a part") {
            let known = try direct.command("SCARD", "freshet:tag:sale").integer ?? 0
            return known > 100
        }
        let known = try #require(try direct.command("SCARD", "freshet:tag:sale").integer)
        #expect(known < 4000)
        _ = try admin.command("FRESHET", "INVALIDATE", "TAG", "sale", "ASYNC")
        try waitUntil("a trusted index") {
            try admin.command("FRESHET", "INFO").text?.contains("\r\nsuspect:no") == true
        }
        try waitUntil("no product", withinMilliseconds: 30_000) {
            let script = "return #redis.call('KEYS', 'product:*')"
            return try direct.command("EVAL", script, "0") == .integer(0)
        }
    }
}
