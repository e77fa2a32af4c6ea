import TestSupport

/// Generates what clients say: requests of all kinds, most of them almost right, and bytes that are none.
struct Conversation {
    private var random: Seed

    init(_ seed: Seed) { random = seed }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &random) }

    private mutating func one(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }

    /// Bytes to be sent in one piece; several requests, perhaps with a broken one among them.
    mutating func piece() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0...below(12) { bytes += request() }
        switch below(10) {
        case 0: return mutated(bytes)
        case 1: return Array(bytes.prefix(below(bytes.count)))
        case 2: return bytes + one(Self.oddities).utf8
        default: return bytes
        }
    }

    /// What logs a client in, or tries to.
    mutating func login() -> [UInt8] {
        let password = below(6) == 0 ? "wrong" : SiegeStage.password
        let user = one(SiegeStage.users + ["default", "nobody"])
        switch below(5) {
        case 0: return RequestEncoding.command(["AUTH", password])
        case 1: return RequestEncoding.command(["HELLO", one(["2", "3"]), "AUTH", user, password])
        case 2: return Array("AUTH \(user) \(password)\r\n".utf8)
        case 3:
            return Array("HELLO 3 AUTH \(user) \(password) SETNAME a SETNAME b SETNAME c SETNAME d\r\n".utf8)
        default: return RequestEncoding.command(["AUTH", user, password])
        }
    }

    private mutating func request() -> [UInt8] {
        var words = command()
        if below(30) == 0 { words += (0..<below(200)).map { _ in word() } }
        switch below(12) {
        case 0, 1: return Array((words.joined(separator: " ") + one(["\r\n", "\n", " \r\n"])).utf8)
        case 2: return mutated(RequestEncoding.command(words))
        default: return RequestEncoding.command(words)
        }
    }

    private mutating func key() -> String {
        let (a, b) = (below(5), below(5))
        return one([
            "page:\(a):\(b)", "item:\(a)", "obj:\(a):\(b)", "view:\(a):\(b)", "product:\(a)", "cart:\(a)",
            "price:\(a)", "all:\(a)", "session:\(a)", "bob:\(a)", "plain\(a)", "freshet:tag:pages", "",
            "page:\(a):" + String(repeating: "x", count: below(6000)), "obj:\(a):\u{0}\u{7f}*[",
        ])
    }

    private mutating func word() -> String {
        switch below(8) {
        case 0: one(Self.numbers)
        case 1: key()
        case 2: one(Self.options)
        case 3: String(repeating: "v", count: [0, 1, 100, 5000, 20_000, 70_000][below(6)])
        default: "\(below(100))"
        }
    }

    private mutating func command() -> [String] {
        switch below(10) {
        case 0: return [one(Self.names)] + (0..<below(5)).map { _ in word() }
        case 1: return transaction()
        case 2: return script()
        case 3: return connection()
        default: return data()
        }
    }

    private mutating func data() -> [String] {
        let (key, other) = (key(), key())
        switch below(16) {
        case 0...3: return ["SET", key, word()] + (below(3) == 0 ? [one(Self.options)] : [])
        case 4, 5: return ["GET", key]
        case 6: return ["DEL"] + (0...below(8)).map { _ in self.key() }
        case 7: return ["MSET", key, word(), other, word()]
        case 8: return [one(["INCR", "LPOP", "RPOP", "UNLINK", "PERSIST", "TYPE", "TTL"]), key]
        case 9: return [one(["LPUSH", "RPUSH", "SADD", "APPEND", "PFADD", "SETNX"]), key, word()]
        case 10: return [one(["RENAME", "COPY", "SMOVE", "LMOVE", "PFMERGE"]), key, other, word()]
        case 11: return ["EXPIRE", key, one(Self.numbers)]
        case 12: return [one(["BLPOP", "BRPOP", "BZPOPMIN"]), key, one(["0.01", "0", "-1", "x"])]
        case 13: return ["SCAN", one(Self.numbers), "COUNT", one(Self.numbers)]
        case 14: return [one(["MOVE", "SELECT"]), one(Self.numbers)]
        default: return ["ZADD", key, one(Self.numbers), word()]
        }
    }

    private mutating func transaction() -> [String] {
        [one(["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "MULTI", "EXEC"])]
            + (below(2) == 0 ? [] : [key()])
    }

    private mutating func script() -> [String] {
        let bodies = [
            "return 1", "return redis.call('set', KEYS[1], 'x')", "return redis.error_reply('no')",
            "return {1,{2,{3}},'x'}", "return redis.call('select', 1)", "syntax error", "return KEYS",
        ]
        switch below(4) {
        case 0: return ["EVALSHA", String(repeating: "a", count: 40), one(Self.numbers), key()]
        case 1: return ["FCALL", "f", one(Self.numbers), key()]
        case 2: return ["SCRIPT", one(["LOAD", "EXISTS", "FLUSH", "HELP"]), one(bodies)]
        default: return ["EVAL", one(bodies), one(["0", "1", "2", "-1", "x"] + Self.numbers), key(), word()]
        }
    }

    private mutating func connection() -> [String] {
        switch below(8) {
        case 0:
            return [
                "CLIENT", one(["ID", "INFO", "GETNAME", "LIST", "NO-EVICT", "TRACKING"]), one(["ON", "OFF"]),
            ]
        case 1: return ["CLIENT", "REPLY", one(["ON", "OFF", "SKIP", "NO"])]
        case 2: return ["CLIENT", "SETNAME", word()]
        case 3: return [one(["SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "SSUBSCRIBE"]), key()]
        case 4: return ["HELLO", one(["2", "3", "4", "x"])]
        case 5: return [one(["RESET", "PING", "QUIT", "MONITOR", "ASKING", "READONLY"])]
        case 6: return ["PUBLISH", key(), word()]
        default: return ["SELECT", one(Self.numbers)]
        }
    }

    /// The bytes with some of them changed, left out, doubled or put in.
    private mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(5) {
            case 0: bytes[place] ^= 1 << UInt8(below(8))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array("*$\r\n-+09:\u{0}".utf8).randomElement(using: &random)!, at: place)
            case 3: bytes.insert(contentsOf: one(Self.numbers).utf8, at: place)
            default: bytes = Array(bytes[place...]) + bytes.prefix(place)
            }
        }
        return bytes
    }

    private static let numbers = [
        "0", "1", "-1", "2", "100", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "4294967296", "2147483648", "1e308", "00", "+1", "0x10", "18446744073709551616", "536870913",
    ]
    private static let options = [
        "NX", "XX", "EX", "PX", "KEEPTTL", "GET", "LEFT", "RIGHT", "COUNT", "BLOCK", "STORE", "DB", "REPLACE",
        "WITHSCORES", "MATCH", "STREAMS",
    ]
    private static let names = [
        "SORT", "XREAD", "XREADGROUP", "XADD", "GEOADD", "GEORADIUS", "BITOP", "ZUNIONSTORE", "MIGRATE",
        "OBJECT", "RESTORE", "DUMP", "GETEX", "LMPOP", "ZMPOP", "BLMPOP", "SINTERSTORE", "COMMAND", "ACL",
        "CONFIG", "INFO", "KEYS", "RANDOMKEY", "FLUSHDB", "SWAPDB", "WAIT", "MEMORY", "NOSUCH", "HSET",
        "SETRANGE",
        "LATENCY", "SLOWLOG", "POST", "Host:", "PSYNC", "REPLCONF", "CLUSTER", "FUNCTION", "MODULE",
    ]
    private static let oddities = [
        "*1\r\n$-1\r\n", "*2147483647\r\n", "*-5\r\n", "$5\r\n", "*3\r\n$3\r\nSET\r\n$536870912\r\n",
        "\u{16}\u{3}\u{1}",
        "\"unbalanced\r\n", "'a'b\r\n", "\u{0}\r\n", "\r\n\r\n", "*1\r\n:1\r\n", "GET \"\\x\\xzz\\\r\n",
        "*0\r\n*00\r\n*+1\r\n", String(repeating: "a ", count: 40_000) + "\r\n",
        String(repeating: "x", count: 70_000),
        "*100000\r\n" + String(repeating: "$0\r\n\r\n", count: 3000), "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
}
