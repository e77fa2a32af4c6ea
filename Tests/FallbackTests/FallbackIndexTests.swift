import TestSupport
import Testing

@Suite("The index of a fallback")
struct FallbackIndexTests {
    @Test("fault 184: what others write into the fallback is recorded there, and goes when it is stale")
    func filledByOthers() throws {
        let couple = try Couple(
            failover: "off", "depend page:{lang}:{id} on product:{id}\ntag page:{lang}:** pages/{lang}")
        try waitUntil("a trusted index of the fallback", withinMilliseconds: 30_000) {
            try couple.information("fallback_suspect") == "no"
        }
        // Somebody else fills it: no record is made.
        try couple.fallback.run("MSET page:en:7 x page:de:7 x page:en:8 x")
        #expect(try couple.insist("SET product:7 y") == .simple("OK"))
        try couple.fallback.waitUntilGone(["page:en:7", "page:de:7"])
        try waitUntil("the record of the other page", withinMilliseconds: 30_000) {
            try couple.fallback.run("SISMEMBER freshet:dep:product:8 page:en:8") == .integer(1)
        }
        #expect(try couple.fallback.has("page:en:8"))
    }
}
