import Bytes
import Commands
import RESP
import TestSupport
import Testing

@Suite("what changes in Redis was taken for mutated")
struct KeyspaceTests {
    private static let keys = ["a", "b", "c", "d", "STORE"]

    /// Values for the keys, of each type; several of a type, so that commands of two keys run.
    private static let values = [
        "SET $ 1", "SET $ value", "RPUSH $ 1 2 3", "SADD $ 1 2", "SADD $ 2 m", "ZADD $ 1 m 2 b",
        "HSET $ f 1 b 2", "GEOADD $ 0 0 m 0.1 0.1 b", "PFADD $ x", "XADD $ 1-1 f v", "SET $ 1 PX 600000",
    ]

    /// Shapes of requests: `$` is a key, `#` a number, `?` any word.
    private static let shapes = """
        PFMERGE $
        PFMERGE $ $
        SORT $ ? STORE $ STORE $
        SORT $ LIMIT 0 1 STORE $ ALPHA
        GEORADIUS $ 0 0 100 km STORE $ STORE $
        GEORADIUS $ 0 0 100 km STORE $ STOREDIST $
        GEORADIUS $ 0 0 100 km COUNT 1 STOREDIST $ ASC STORE $
        GEORADIUSBYMEMBER $ m 100 km STORE $ STOREDIST $
        GEOSEARCHSTORE $ $ FROMLONLAT 0 0 BYRADIUS 100 km
        ZUNIONSTORE $ # $ $
        ZINTERSTORE $ # $ $
        ZDIFFSTORE $ # $ $
        ZUNIONSTORE $ +1 $
        ZRANGESTORE $ $ 0 -1
        SUNIONSTORE $ $ $
        SINTERSTORE $ $
        SDIFFSTORE $ $ $
        BITOP NOT $ $
        BITOP OR $ $ $
        BITFIELD $ GET u8 0 SET u8 # #
        BITFIELD $ OVERFLOW FAIL INCRBY u8 0 #
        COPY $ $ REPLACE
        COPY $ $ DB 1 DB 0 REPLACE
        COPY $ $
        RENAME $ $
        RENAMENX $ $
        MOVE $ 1
        LMPOP # $ $ LEFT
        ZMPOP # $ $ MIN COUNT #
        LMOVE $ $ LEFT RIGHT
        RPOPLPUSH $ $
        SMOVE $ $ 1
        EVAL redis.call('set',KEYS[1],ARGV[1]) 1 $ #
        EVAL redis.call('set',KEYS[1],1)return(redis.call('incr',KEYS[2])) 2 $ $
        EVAL redis.call('del',KEYS[1])return(redis.error_reply('x')) 1 $
        EVAL redis.call('del',KEYS[1])return(redis.pcall('nothing')) 1 $
        EVAL redis.call('set',KEYS[1],1)return(redis.pcall('set',KEYS[1])) 1 $
        EVAL redis.call('set',KEYS[1],1) +1 $
        EVAL redis.call('set',KEYS[1],1) 01 $
        SET $ # GET
        SET $ # NX GET
        SET $ # XX PX 100000
        SET $ # EXAT 1
        GETEX $ EXAT 1
        GETDEL $
        EXPIRE $ -1
        PEXPIREAT $ 1
        XADD $ * f v
        XADD $ NOMKSTREAM MAXLEN 1 * f v
        XTRIM $ MAXLEN #
        XGROUP CREATE $ g 0 MKSTREAM
        XSETID $ 9-9
        MSET $ 1 $ 2
        MSETNX $ 1 $ 2
        DEL $ $
        LINSERT $ BEFORE 2 x
        LREM $ # 1
        LTRIM $ # #
        ZADD $ INCR # m
        ZADD $ GT CH # m
        ZINCRBY $ # m
        HINCRBYFLOAT $ f #
        SPOP $ #
        LPOP $ #
        ZREMRANGEBYSCORE $ 0 #
        SETRANGE $ # x
        SETBIT $ # 1
        APPEND $ x
        PFADD $
        """.split(separator: "\n").map(String.init)

    @Test("the digest of every key is the same after what Freshet takes for nothing")
    func digests() throws {
        let server = try RedisServer()
        defer { withExtendedLifetime(server) {} }
        let client = try HiredisClient(server.unix)
        let run = Seed.ofThisRun()
        let rounds = ProcessEnvironment["FRESHET_REFUSALS"].flatMap(Int.init) ?? 4000
        let lines = Corpus.lines.filter(Self.isHarmless) + Self.shapes + Self.shapes
        var changes = 0
        for number in 0..<rounds {
            var seed = run.derived(number)
            if number % 40 == 0 { try Self.fill(client, &seed) }
            let words = Self.request(lines.randomElement(using: &seed) ?? "", &seed)
            let before = try Self.digests(client)
            let reply = try client.command(words.map { Array($0.utf8) })
            let after = try Self.digests(client)
            if before == after { continue }
            changes += 1
            let taken = Self.taken(words, reply)
            for (index, key) in Self.keys.enumerated() where before[index] != after[index] {
                #expect(taken.contains(key), "\(run), case \(number): \(words), \(reply) changed \(key)")
            }
        }
        #expect(changes > rounds / 20)
    }

    /// The keys that Freshet takes for changed, when this is the reply.
    private static func taken(_ words: [String], _ reply: Reply) -> Set<String> {
        let table = CommandTable.builtin
        let request = LaidOut(words.map { Array($0.utf8) })
        let facts = table.facts(request)
        let buffer = request.buffer.span
        guard table.isMutation(facts, buffer, request.arguments.span),
            table.replyRule(for: facts, buffer, request.arguments.span).changed(verdict(of: reply))
        else { return [] }
        return Set(table.uses(request).filter(\.role.isMutation).map { words[$0.argument] })
    }

    private static func verdict(of reply: Reply) -> ReplyVerdict {
        switch reply {
        case .integer(let value): ReplyVerdict(type: ASCII.colon, number: value)
        case .bulk(let bytes): ReplyVerdict(type: ASCII.dollar, number: bytes.count)
        case .array(let elements): ReplyVerdict(type: ASCII.asterisk, number: elements.count)
        case .null: ReplyVerdict(type: ASCII.dollar, number: -1)
        case .error(let text):
            ReplyVerdict(type: ASCII.minus, number: 0, error: ErrorMeaning(Array(text.utf8).span))
        default: ReplyVerdict(type: 0x2b, number: 0)
        }
    }

    /// Not what blocks for ever or changes the connection, and not PFCOUNT, PFDEBUG, whose changes are a
    /// cache's; nor what has values live for a while, which is part of the digest, and ends later.
    private static func isHarmless(_ line: String) -> Bool {
        let name = line.split(separator: " ")[0].uppercased()
        return !name.hasPrefix("B") && !["MIGRATE", "WATCH", "PFCOUNT", "PFDEBUG", "PERSIST"].contains(name)
            && !line.contains("BLOCK") && !line.contains("EX")
    }

    private static func fill(_ client: HiredisClient, _ seed: inout Seed) throws {
        _ = try client.send("FLUSHALL")
        for key in keys where Bool.random(using: &seed) || key != "STORE" {
            let value = values.randomElement(using: &seed) ?? ""
            _ = try client.send(value.split(separator: "$").joined(separator: key))
        }
    }

    private static func digests(_ client: HiredisClient) throws -> [Reply] {
        // The digest of what has expired is still there until somebody looks.
        _ = try client.command((["EXISTS"] + keys).map { Array($0.utf8) })
        return try client.command((["DEBUG", "DIGEST-VALUE"] + keys).map { Array($0.utf8) }).elements ?? []
    }

    private static func request(_ shape: String, _ seed: inout Seed) -> [String] {
        let numbers = ["0", "1", "2", "3", "-1", "7"]
        var words = LaidOut.words(shape)
        for index in words.indices.dropFirst() {
            if words[index] == "$" || keys.contains(words[index]) && words[index] != "STORE" {
                words[index] = keys.randomElement(using: &seed) ?? ""
            } else if words[index] == "#" {
                words[index] = numbers.randomElement(using: &seed) ?? ""
            } else if words[index] == "?" {
                words[index] = ["DESC", "ALPHA", "NX", "GET", "1"].randomElement(using: &seed) ?? ""
            }
        }
        if Int.random(in: 0..<4, using: &seed) == 0, words.count > 1, !shape.contains("EX"),
            !shape.contains("PX")
        {
            let place = Int.random(in: 1..<words.count, using: &seed)
            words[place] = (numbers + keys + ["NX", "COUNT"]).randomElement(using: &seed) ?? ""
        }
        return words
    }
}
