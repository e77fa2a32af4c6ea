import TestSupport
import Testing

@Suite("A database that is emptied while the proxy is killed")
struct EmptyingIntentTests {
    /// What a client sends, and the database in which a key must then be gone.
    enum Way: CaseIterable {
        case all, one, exchanged, queued

        var commands: [String] {
            switch self {
            case .all: ["FLUSHALL"]
            case .one: ["SELECT 3", "FLUSHDB"]
            case .exchanged: ["SWAPDB 0 3"]
            case .queued: ["MULTI", "FLUSHALL", "EXEC"]
            }
        }
    }

    @Test("fault 182: the other Redis is emptied by the next process", arguments: Way.allCases)
    func killed(way: Way) throws {
        let couple = try Couple(failover: "off", seed: ["SET other old", "SELECT 3"])
        for server in [couple.primary, couple.fallback] {
            let client = try HiredisClient(server.unix)
            _ = try client.command("SELECT", "3")
            _ = try client.command("SET", "third", "old")
        }
        let client = try RawClient(couple.proxy.unix)
        for line in way.commands.dropLast() { try client.run(line) }
        // Redis will run what it gets now only after the proxy is gone.
        couple.primary.pause()
        let last = way.commands.last ?? ""
        try client.send(RequestEncoding.command(RequestEncoding.arguments(of: last)))
        try waitUntil("the intent is noted", withinMilliseconds: 30_000) {
            try couple.proxy.metric("freshet_intents_open") ?? 0 >= 1
        }
        try couple.proxy.kill()
        couple.primary.resume()
        try couple.proxy.start()
        let third = try HiredisClient(couple.fallback.unix)
        _ = try third.command("SELECT", "3")
        try waitUntil("the fallback has lost the third database", withinMilliseconds: 30_000) {
            try third.command("EXISTS", "third") == .integer(0)
        }
        if way == .one {
            #expect(try couple.fallback.has("other"))
        } else {
            try couple.fallback.waitUntilGone(["other"])
        }
    }
}
