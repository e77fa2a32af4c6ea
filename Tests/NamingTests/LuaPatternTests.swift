import Bytes
import Naming
import Testing

struct LuaPatternTests {
    @Test(
        "a protected pattern becomes an anchored Lua pattern",
        arguments: [
            ("session:**", "^session%:.+$"), ("lock:{id}", "^lock%:[^%:]+$"),
            ("a-*.json", "^a%-[^%:]+%.json$"),
            ("{a}:x:{a}", "^([^%:]+)%:x%:%1$"), ("a\\*%", "^a%*%%$"), ("**", "^.+$"),
        ])
    func text(pattern: String, expected: String) throws {
        #expect(try compiled(["protect \(pattern)"]).protectLuaPatterns().map(\.text) == [expected])
    }

    @Test("Redis's own Lua agrees with the matcher")
    func agreesWithRedis() throws {
        let redis = try RedisServer()
        defer { redis.stop() }
        let patterns = [
            "session:**", "lock:{id}", "a-*.json", "{a}:x:{a}", "a\\*%", "**", "x*y*z", "[a]:(b)", "p:^$:**",
            "é:*",
        ]
        let keys = [
            "session:1", "session:", "session", "session:1:2", "lock:1", "lock:1:2", "a-b.json", "a-.json",
            "a-bxjson",
            "q:x:q", "q:x:r", "a*%", "ab%", "x1y2z", "xyz", "[a]:(b)", "a:b", "p:^$:1", "é:1", "e:1",
            "lock:\n",
        ]
        var disagreements: [String] = []
        for pattern in patterns {
            let conventions = try compiled(["protect \(pattern)"])
            let lua = conventions.protectLuaPatterns()[0]
            for key in keys {
                let found = try redis.matches(key: ByteString(key), lua: lua)
                if found != conventions.isProtected(ByteString(key)) {
                    disagreements.append("\(pattern) on \(key)")
                }
            }
        }
        #expect(disagreements == [])
    }
}
