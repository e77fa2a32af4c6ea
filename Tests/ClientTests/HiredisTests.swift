import TestSupport
import Testing

/// hiredis, which most clients in C and C++ are built on.
@Suite("hiredis")
struct HiredisTests {
    @Test("gets the replies to many pipelined commands in order", arguments: ConnectionMode.allCases)
    func pipeline(_ mode: ConnectionMode) throws {
        let expected = try ClientServers.shared.withRedis { try Self.pipelined(HiredisClient($0.tcp)) }
        try ClientServers.shared.withStage(mode) { stage in
            #expect(try Self.pipelined(HiredisClient(stage.proxy.tcp)) == expected)
            try stage.redis.command("FLUSHALL")
            #expect(try Self.pipelined(HiredisClient(stage.proxy.unix)) == expected)
        }
    }

    /// Commands of every kind in one go, those that change links among them, and two rounds of it.
    private static func pipelined(_ client: HiredisClient) throws -> [Reply] {
        var replies: [Reply] = []
        for round in 0..<2 {
            for number in 0..<800 {
                for command in commands(number, round: round) {
                    try client.append(command.map { Array($0.utf8) })
                }
            }
            try client.append("ECHO", "end")
            repeat { replies.append(try client.reply()) } while replies.last?.text != "end"
        }
        return replies
    }

    private static func commands(_ number: Int, round: Int) -> [[String]] {
        let key = "key:\(number % 50)"
        return switch number % 10 {
        case 0: [["MULTI"], ["INCR", "counter"], ["GET", key], ["EXEC"]]
        case 1: [["SELECT", "\(number % 3)"]]
        case 2: [["LPUSH", "text:\(number % 3)", "a"], ["SET", "text:\(number % 3)", "b"]]
        case 3: [["RPUSH", "list", "\(number)"], ["BLPOP", "list", "0"]]
        case 4: [["WATCH", key], ["MULTI"], ["SET", key, "watched \(number)"], ["EXEC"]]
        case 5: [["NOSUCH", "\(number)"], ["GET"]]
        case 6: [["EVAL", "return {KEYS[1], ARGV[1], {1, false}}", "1", key, "\(round)"]]
        case 7: [["SET", "product:\(number):view", "tagged"], ["GET", "product:\(number):view"]]
        case 8: [["SET", key, large(number)], ["GET", key]]
        default: [["SET", key, "\(round) \(number)"], ["GET", key], ["ECHO", "\(number)"]]
        }
    }

    private static func large(_ number: Int) -> String { "\(number) " + "x".repeated(number * 10) }

    @Test("hears what is published, in order, and goes on", arguments: ConnectionMode.allCases)
    func subscription(_ mode: ConnectionMode) throws {
        let expected = try ClientServers.shared.withRedis { try Self.subscribed($0.tcp) }
        try ClientServers.shared.withStage(mode) { stage in
            let found = try Self.subscribed(stage.proxy.tcp)
            #expect(found == expected)
        }
    }

    private static func subscribed(_ server: Endpoint) throws -> [Reply] {
        let (listener, speaker) = (try HiredisClient(server), try HiredisClient(server))
        var replies: [Reply] = []
        try listener.append("SUBSCRIBE", "news", "sport")
        try listener.append("PSUBSCRIBE", "n*")
        for _ in 0..<3 { replies.append(try listener.reply()) }
        for number in 0..<300 { try speaker.append("PUBLISH", "news", "message \(number)") }
        for _ in 0..<300 { replies.append(try speaker.reply()) }
        for _ in 0..<600 { replies.append(try listener.reply()) }
        try listener.append("UNSUBSCRIBE", "news")
        try listener.append("PING", "between")
        try listener.append("UNSUBSCRIBE")
        try listener.append("PUNSUBSCRIBE")
        for _ in 0..<4 { replies.append(try listener.reply()) }
        replies.append(try listener.command("SET", "after", "words"))
        replies.append(try listener.command("GET", "after"))
        return replies
    }

    @Test("shares work through a queue, and takes turns with a lock", arguments: ConnectionMode.allCases)
    func queue(_ mode: ConnectionMode) throws {
        try ClientServers.shared.withStage(mode) { stage in
            let (producer, consumer) = (
                try HiredisClient(stage.proxy.unix), try HiredisClient(stage.proxy.unix)
            )
            for number in 0..<100 {
                try consumer.append("BLMOVE", "jobs", "taken", "LEFT", "RIGHT", "20")
                try consumer.append("LREM", "taken", "1", "job \(number)")
                #expect(try producer.command("RPUSH", "jobs", "job \(number)").isError == false)
                #expect(try consumer.reply() == .bulk("job \(number)"))
                #expect(try consumer.reply() == .integer(1))
            }
            let release = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"
            #expect(try producer.command("SET", "lock:a", "mine", "NX", "PX", "60000") == .simple("OK"))
            #expect(try consumer.command("SET", "lock:a", "other", "NX", "PX", "60000") == .null)
            #expect(try consumer.command("EVAL", release, "1", "lock:a", "other") == .integer(0))
            #expect(try producer.command("EVAL", release, "1", "lock:a", "mine") == .integer(1))
            #expect(try consumer.command("SET", "lock:a", "other", "NX", "PX", "60000") == .simple("OK"))
        }
    }
}

extension String {
    fileprivate func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
