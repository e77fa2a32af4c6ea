import Bytes

/// What commands mean to a proxy beyond what the server tells of them.
struct CommandTraits {
    private static let behaviours: [(Behaviour, String)] = [
        (.select, "select"), (.auth, "auth"), (.hello, "hello"), (.reset, "reset"), (.quit, "quit"),
        (.multi, "multi"), (.exec, "exec"), (.discard, "discard"), (.watch, "watch"), (.unwatch, "unwatch"),
        (.block, "blpop brpop brpoplpush blmove blmpop bzpopmin bzpopmax bzmpop wait waitaof"),
        (.blockIfAsked, "xread xreadgroup"),
        (.subscribe, "subscribe"), (.unsubscribe, "unsubscribe"),
        (.psubscribe, "psubscribe"), (.punsubscribe, "punsubscribe"),
        (.ssubscribe, "ssubscribe"), (.sunsubscribe, "sunsubscribe"),
        (.monitor, "monitor"), (.sync, "sync psync replconf"),
        (.clientSetName, "client|setname"), (.clientSetInfo, "client|setinfo"),
        (.clientGetName, "client|getname"), (.clientId, "client|id"), (.clientInfo, "client|info"),
        (.clientReply, "client|reply"),
        (
            .clientTracking,
            """
            client|tracking client|caching client|no-evict client|no-touch
            """
        ),
        (.clientTrackingQuestion, "client|trackinginfo client|getredir"),
        (.pin, "asking readonly readwrite client client|capa client|import-source"),
        (.alone, "debug failover"), (.scriptDebug, "script|debug"),
        (.scan, "scan"), (.keys, "keys"), (.randomKey, "randomkey"),
        (.flush, "flushall flushdb"), (.swapDb, "swapdb"), (.move, "move copy"),
        (.script, "eval evalsha fcall"), (.readOnlyScript, "eval_ro evalsha_ro fcall_ro"),
        (.moduleLoad, "module|load module|loadex module|unload"),
    ]

    /// Commands that are not here changed something whenever they did not fail, or cannot be told from the
    /// reply.
    private static let replyRules: [(ReplyRule, String)] = [
        (
            .whenZero,
            """
            setnx msetnx msetex setrange delex delifeq expire pexpire expireat pexpireat persist copy move
            renamenx lpushx rpushx lrem sadd srem smove zrem zremrangebyscore zremrangebyrank zremrangebylex
            hsetnx hsetex hdel xdel xtrim xack xgroup|destroy xgroup|createconsumer pfadd vrem vsetattr
            """
        ),
        (.whenNotPositive, "linsert"),
        (
            .whenNil,
            """
            getdel getex rpoplpush lmove lmpop zmpop xadd
            blpop brpop brpoplpush blmove blmpop bzpopmin bzpopmax bzmpop
            """
        ),
        (.whenNilOrEmpty, "lpop rpop spop zpopmin zpopmax"),
        (.notEvenWhenError, "eval evalsha fcall migrate"),
    ]

    private static let syntaxes: [(RequestSyntax, String)] = [
        (.set, "set"), (.delex, "delex"), (.msetex, "msetex"), (.hsetex, "hsetex"),
        (.zadd, "zadd"), (.geoadd, "geoadd"), (.xadd, "xadd"),
        (.bitfield, "bitfield"), (.sort, "sort"), (.migrate, "migrate"),
        (.geoRadius, "georadius georadiusbymember"), (.pairs, "mset msetnx"), (.time, "setex psetex"),
        (.expire, "expire pexpire hexpire hpexpire"), (.expireAt, "expireat pexpireat hexpireat hpexpireat"),
        (.persist, "persist hpersist"), (.getex, "getex hgetex"),
    ]

    /// Conditional whatever their arguments: conditions in the name, and pops.
    private static let conditional = """
        setnx msetnx hsetnx renamenx copy move lpushx rpushx linsert smove delifeq getdel lpop rpop spop
        zpopmin zpopmax lmpop zmpop rpoplpush lmove blpop brpop brpoplpush blmove blmpop bzpopmin
        bzpopmax bzmpop
        """

    /// Redis runs these without an error, whatever the keys hold, if what they say is well formed.
    private static let sure = "set setnx setex psetex mset msetnx del unlink"

    private static let scripts = "eval eval_ro evalsha evalsha_ro fcall fcall_ro"

    private let behaviourByName = byName(Self.behaviours)
    private let ruleByName = byName(Self.replyRules)
    private let syntaxByName = byName(Self.syntaxes)
    private let conditionalNames = Set(words(Self.conditional))
    private let sureNames = Set(words(Self.sure))
    private let scriptNames = Set(words(Self.scripts))

    func applied(to row: CommandRow) -> CommandRow {
        var row = row
        row.behaviour = behaviourByName[row.name] ?? .plain
        row.replyRule = ruleByName[row.name] ?? .never
        row.syntax = syntaxByName[row.name] ?? .none
        row.isConditional = conditionalNames.contains(row.name)
        row.isSure = sureNames.contains(row.name)
        if scriptNames.contains(row.name) { row.flags.insert(.script) }
        return row
    }

    private static func words(_ text: String) -> [ByteString] {
        text.split(whereSeparator: \.isWhitespace).map { ByteString(String($0)) }
    }

    private static func byName<Trait>(_ lists: [(Trait, String)]) -> [ByteString: Trait] {
        var traits: [ByteString: Trait] = [:]
        for (trait, names) in lists {
            for name in words(names) { traits[name] = trait }
        }
        return traits
    }
}
