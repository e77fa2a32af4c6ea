import Bytes
import Commands
import RESP
import TestSupport
import Testing

@Suite("replies tell whether something changed")
struct EffectTests {
    private let table = CommandTable.builtin

    @Test("what `changed` says is what the keys' contents say, and never less")
    func changedAgreesWithContents() throws {
        let server = try RedisServer()
        defer { withExtendedLifetime(server) {} }
        let client = try HiredisClient(server.unix)
        for line in EffectCases.lines {
            let parts = line.split(separator: ">", maxSplits: 1).map(String.init)
            let request = parts[parts.count - 1]
            let isVague = line.hasPrefix("~")
            let preparation = parts.count == 2 ? parts[0].drop { $0 == "~" || $0 == " " } : ""
            _ = try client.send("FLUSHALL")
            for step in preparation.split(separator: ";") where !step.allSatisfy(\.isWhitespace) {
                #expect(try !client.send(String(step)).isError, "\(step)")
            }
            let before = try contents(client)
            let reply = try client.send(request)
            let happened = try contents(client) != before
            let rule = table.replyRule(request)
            for verdict in verdicts(of: reply) {
                let changed = rule.changed(verdict)
                #expect(isVague ? changed : changed == happened, "\(line): \(reply), \(rule)")
            }
            if happened { #expect(table.isMutation(request), "\(line)") }
            if !happened, !isVague, reply.isError == false { #expect(rule != .never, "\(line)") }
        }
    }

    private func contents(_ client: HiredisClient) throws -> [Reply] {
        try ["k", "j"].map { try client.send("DUMP \($0)") }
    }

    /// The verdicts that the reply may come as, in RESP2 and RESP3.
    private func verdicts(of reply: Reply) -> [ReplyVerdict] {
        switch reply {
        case .integer(let value): [ReplyVerdict(type: ASCII.colon, number: value)]
        case .bulk(let bytes): [ReplyVerdict(type: ASCII.dollar, number: bytes.count)]
        case .array(let elements):
            [ASCII.asterisk, 0x7e].map { ReplyVerdict(type: $0, number: elements.count) }
        case .null: [ASCII.dollar, ASCII.asterisk, 0x5f].map { ReplyVerdict(type: $0, number: -1) }
        case .error: [ReplyVerdict(type: ASCII.minus, number: 0)]
        default: [ReplyVerdict(type: 0x2b, number: 0)]
        }
    }

    @Test("DEL and UNLINK always count, as a signal")
    func deletingCounts() {
        for line in ["DEL k", "UNLINK k j"] {
            #expect(table.isMutation(line) && !table.isConditional(line))
            #expect(table.replyRule(line).changed(ReplyVerdict(type: ASCII.colon, number: 0)))
        }
        #expect(!table.replyRule("DEL k").changed(ReplyVerdict(type: ASCII.minus, number: 0)))
    }

    @Test("a script that fails may have written before")
    func failingScript() {
        #expect(table.replyRule("EVAL x 1 k").changed(ReplyVerdict(type: ASCII.minus, number: 0)))
        #expect(table.isMutation("EVAL x 1 k"))
        #expect(!table.isMutation("EVAL_RO x 1 k"))
    }

    @Test(
        "an error that says that a script never began owes nothing; one that may come from inside does",
        arguments: [
            ("NOAUTH Authentication required.", false),
            ("NOSCRIPT No matching script. Please use EVAL.", false),
            ("NOPERM this user has no permissions to run the 'eval' command", false),
            ("NOPERM User bob has no permissions to run the 'eval' command", false),
            ("NOPERM The user executing the script can't run this command or subcommand", true),
            ("NOPERM ACL failure in script: No permissions to access a key", true),
            ("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", false),
            ("BUSY locked", true), ("OOM command not allowed when used memory > 'maxmemory'.", true),
            ("OOM allow-oom flag is not set on the script, can not run it", false),
            ("ERR wrong number of arguments for 'eval' command", false),
            ("ERR wrong number of arguments for 'mset' command", true), ("ERR Function not found", false),
            ("WRONGTYPE Operation against a key holding the wrong kind of value", true),
        ])
    func beginnings(text: String, owes: Bool) {
        let verdict = ReplyVerdict(
            type: ASCII.minus, number: 0, error: ErrorMeaning(Array(text.utf8).span))
        #expect(table.replyRule("EVAL x 1 k").changed(verdict) == owes)
        #expect(!table.replyRule("INCR k").changed(verdict))
    }

    @Test(
        "sure is what no value of a key, no option and no number can make fail",
        arguments: [
            ("SET k v", true), ("SET k v EX 10", true), ("SET k v NX PX 5", true), ("SET k v KEEPTTL", true),
            ("SET k v BAD", false), ("SET k v EX 0", false), ("SET k v EX", false), ("SET k v GET", false),
            ("SET k v NX XX", false), ("SET k v EX 1 PX 1", false), ("SET k v EX 9223372036854775807", false),
            ("SET k", false), ("MSET a 1 b 2", true), ("MSET a 1 b", false), ("DEL a b", true),
            ("SETEX k 1 v", true), ("SETEX k -1 v", false), ("SETEX k x v", false), ("INCR k", false),
            ("HSET k f v", false), ("LPUSH k v", false), ("EVAL x 1 k", false), ("GETSET k v", false),
        ])
    func sureness(line: String, expected: Bool) {
        let request = LaidOut(line)
        let facts = table.facts(request)
        #expect(table.isSure(facts, request.buffer.span, request.arguments.span) == expected)
    }

    @Test(
        "a time to live is a mutation only where it may end the value's life",
        arguments: [
            ("EXPIRE k 10", false), ("EXPIRE k 0", true), ("PEXPIRE k -5 NX", true),
            ("EXPIRE k nonsense", true),
            ("EXPIREAT k 99999999999", true), ("PEXPIREAT k 1", true), ("PERSIST k", false),
            ("GETEX k", false),
            ("GETEX k EX 10", false), ("GETEX k PX 0", true), ("GETEX k EXAT 99", true),
            ("GETEX k PERSIST", false),
            ("HEXPIRE k 10 FIELDS 1 f", false), ("HEXPIRE k 0 FIELDS 1 f", true),
            ("HPERSIST k FIELDS 1 f", false),
            ("HGETEX k EX 10 FIELDS 1 EXAT", false), ("HGETEX k EXAT 10 FIELDS 1 f", true), ("GET k", false),
            ("SORT k", false), ("SORT k STORE d", true), ("BITFIELD k GET u8 0", false),
            ("XREADGROUP GROUP g c STREAMS k >", false), ("FLUSHALL", true), ("PUBLISH c m", false),
        ])
    func timesToLive(line: String, expected: Bool) {
        #expect(table.isMutation(line) == expected)
    }

    @Test(
        "conditional is what carries a condition, or pops",
        arguments: [
            ("SET k v", false), ("SET k v EX 10", false), ("SET k v nx", true), ("SET k v GET", false),
            ("SET k NX", false), ("SET k v IFEQ NX", true), ("SETNX k v", true), ("ZADD k 1 NX", false),
            ("ZADD k NX 1 m", true), ("ZADD k CH 1 m", false), ("GEOADD k XX 1 1 m", true),
            ("HSET k f v", false),
            ("EXPIRE k 0", false), ("EXPIRE k 0 GT", true), ("XADD k * f v", false), ("LPOP k", true),
            ("XADD k NOMKSTREAM * f v", true), ("RENAMENX a b", true), ("RENAME a b", false),
            ("SADD k m", false),
            ("MSETEX 1 NX v XX", true), ("MSETEX 1 NX v EX 1", false), ("DELEX k", false),
            ("DELEX k IFEQ v", true),
        ])
    func conditions(line: String, expected: Bool) {
        #expect(table.isConditional(line) == expected)
    }

    @Test("blocking is asked for by BLOCK where it can be")
    func blocking() {
        #expect(table.blocks("BLPOP k 0"))
        #expect(table.blocks("XREAD BLOCK 0 STREAMS a 0"))
        #expect(!table.blocks("XREAD COUNT 1 STREAMS BLOCK 0"))
        #expect(table.blocks("XREADGROUP GROUP g STREAMS BLOCK 0 STREAMS a >"))
        #expect(!table.blocks("GET k"))
    }
}
