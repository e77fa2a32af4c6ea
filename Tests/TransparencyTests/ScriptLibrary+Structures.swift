extension ScriptLibrary {
    /// Streams, places, sketches and bits.
    static let structures: [Script] = [
        Script(
            "streams",
            """
            XADD s 1-1 f v
            XADD s 1-2 f w
            XADD s 1-1 f v
            XLEN s
            XRANGE s - +
            XREVRANGE s + - COUNT 1
            XREAD COUNT 1 STREAMS s 0
            XREAD STREAMS s 9
            XGROUP CREATE s g 0
            XGROUP CREATE s g 0
            XREADGROUP GROUP g c COUNT 1 STREAMS s >
            XACK s g 1-1
            XPENDING s g
            XINFO GROUPS s
            XTRIM s MAXLEN 1
            XDEL s 1-2
            XSETID s 5-0
            XREADGROUP GROUP none c STREAMS s >
            """),
        Script(
            "places",
            """
            GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
            GEODIST g Palermo Catania km
            GEOHASH g Palermo missing
            GEOPOS g Palermo missing
            GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHDIST
            GEORADIUS g 15 37 200 km STORE near
            GEOSEARCHSTORE h g FROMMEMBER Palermo BYBOX 400 400 km
            ZRANGE near 0 -1
            """),
        Script(
            "sketches and bits",
            """
            PFADD p a b c
            PFADD p a
            PFCOUNT p
            PFMERGE q p
            SETBIT b 7 1
            GETBIT b 7
            BITCOUNT b
            BITPOS b 1
            BITOP NOT c b
            GET c
            BITFIELD b SET u8 0 255 INCRBY u8 0 1 OVERFLOW FAIL INCRBY u8 0 300
            BITFIELD_RO b GET u4 0
            """),
    ]

    /// Scripts, functions, access control and what servers say of themselves.
    static let services: [Script] = [
        Script(
            "Lua scripts",
            #"""
            EVAL "return {KEYS[1], ARGV[1], 1, false, {ok='fine'}}" 1 k v
            EVAL "return redis.call('SET', KEYS[1], ARGV[1])" 1 k v
            EVAL "return redis.call('GET', KEYS[1])" 1 k
            EVAL "return redis.error_reply('MY error')" 0
            EVAL "return redis.call('NOSUCH')" 0
            EVAL "syntax error" 0
            EVAL_RO "return redis.call('SET', 'a', 1)" 0
            EVALSHA 0000000000000000000000000000000000000000 0
            SCRIPT LOAD "return 42"
            EVALSHA 1fa00e76656cc152ad327c13fe365858fd7be306 0
            SCRIPT EXISTS 1fa00e76656cc152ad327c13fe365858fd7be306 0
            EVAL "return 1" 2 a
            EVAL "redis.setresp(3) return redis.call('HGETALL', 'x')" 0
            """#),
        Script(
            "functions",
            #"""
            FUNCTION LOAD "#!lua name=lib\nredis.register_function('f', function(k, a) return a[1] end)"
            FCALL f 0 hello
            FCALL_RO f 0 hello
            FCALL missing 0
            FUNCTION LIST
            FUNCTION DELETE lib
            FCALL f 0 hello
            """#),
        Script(
            "what a server says of commands",
            """
            COMMAND COUNT
            COMMAND INFO GET SET nosuch
            COMMAND GETKEYS MSET a 1 b 2
            COMMAND GETKEYSANDFLAGS LMOVE a b LEFT LEFT
            COMMAND DOCS PING
            COMMAND NOSUCH
            LATENCY HISTORY none
            SLOWLOG LEN
            CONFIG GET maxmemory
            CONFIG SET nosuch 1
            WAIT 0 0
            LOLWUT VERSION 9
            """),
        Script(
            "a clock", masks: [.digits],
            """
            TIME
            LASTSAVE
            """),
        Script(
            "access control",
            """
            ACL WHOAMI
            ACL SETUSER alice on >secret ~open:* +@all -@dangerous
            AUTH alice wrong
            AUTH alice secret
            ACL WHOAMI
            SET open:1 a
            SET closed:1 a
            FLUSHALL
            MULTI
            GET closed:1
            EXEC
            AUTH secret
            ACL WHOAMI
            SELECT 1
            GET open:1
            RESET
            ACL WHOAMI
            ACL DRYRUN alice GET closed:1
            AUTH a b c
            """),
        Script(
            "errors",
            """
            NOSUCH
            NOSUCH with some "long arguments" and more
            GET
            GET a b
            SET a 1 EX
            CLIENT NOSUCH
            CLIENT
            CONFIG
            OBJECT NOSUCH a
            SELECT 99
            SELECT x
            SWAPDB 0 99
            LPUSH l a
            INCR l
            SUBSCRIBE
            EXEC
            DISCARD
            UNWATCH
            """),
    ]
}
