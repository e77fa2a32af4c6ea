extension ScriptLibrary {
    /// Strings, keys, hashes, lists, sets and sorted sets.
    static let data: [Script] = [
        Script(
            "strings",
            #"""
            SET a 1
            GET a
            GET missing
            SET a 2 NX
            SET a 2 XX GET
            SET e "" EX 100
            GETSET a 3
            GETDEL a
            GETEX e PERSIST
            MSET a 1 b 2 tagged:1:x 3
            MGET a b missing tagged:1:x
            MSETNX a 9 z 9
            APPEND a "\x00\r\n tail"
            STRLEN a
            GETRANGE a 1 3
            SETRANGE a 5 zz
            INCR b
            INCRBY b 40
            INCRBYFLOAT b 1.5
            DECR b
            LCS a b
            SETEX a 0 x
            INCR a
            SET a
            """#),
        Script(
            "keys",
            """
            SET a 1
            EXISTS a a missing
            TYPE a
            TYPE missing
            TTL a
            PTTL missing
            EXPIRE a 0
            EXISTS a
            SET b 1
            EXPIREAT b 99999999999
            EXPIRETIME b
            PERSIST b
            RENAME b c
            RENAME missing c
            RENAMENX c c
            COPY c d
            COPY c d REPLACE
            TOUCH c d
            UNLINK c
            SCAN 0
            KEYS *
            RANDOMKEY
            DBSIZE
            OBJECT ENCODING d
            OBJECT REFCOUNT missing
            OBJECT HELP
            DEL d missing
            RANDOMKEY
            """),
        Script(
            "dump and restore",
            """
            SET a value
            DUMP a
            DUMP missing
            RESTORE b 0 notadump
            EXISTS b
            """),
        Script(
            "hashes",
            """
            HSET h f 1 g 2
            HGET h f
            HMGET h f missing
            HGETALL h
            HKEYS h
            HVALS h
            HLEN h
            HINCRBY h f 5
            HINCRBYFLOAT h f 0.5
            HSETNX h f 1
            HEXISTS h f
            HSTRLEN h g
            HSCAN h 0
            HDEL h f g
            HSET h f
            GET h
            HGETALL missing
            """),
        Script(
            "lists",
            """
            RPUSH l a b c d
            LPUSH l z
            LRANGE l 0 -1
            LINDEX l 1
            LINSERT l BEFORE b x
            LSET l 0 y
            LPOS l c
            LREM l 0 x
            LTRIM l 0 3
            LMOVE l m LEFT RIGHT
            RPOPLPUSH l m
            LMPOP 2 l m LEFT COUNT 2
            LPOP l 5
            RPOP missing
            LLEN m
            LPUSHX missing a
            SORT m ALPHA
            SORT m ALPHA STORE s
            """),
        Script(
            "sets",
            """
            SADD s 1 2 3
            SADD t 2 3 4
            SMEMBERS s
            SISMEMBER s 1
            SMISMEMBER s 1 9
            SCARD s
            SINTER s t
            SINTERCARD 2 s t
            SDIFF s t
            SUNION s t
            SINTERSTORE u s t
            SMOVE s t 1
            SREM s 2
            SSCAN s 0
            SPOP s
            SRANDMEMBER s
            """),
        Script(
            "sorted sets",
            """
            ZADD z 1 a 2 b 3 c
            ZADD z XX CH GT 5 a
            ZADD z INCR 1 b
            ZRANGE z 0 -1 WITHSCORES
            ZRANGE z (1 5 BYSCORE LIMIT 0 2
            ZRANGEBYLEX z - +
            ZRANK z b
            ZREVRANK z b
            ZSCORE z a
            ZMSCORE z a missing
            ZCOUNT z -inf +inf
            ZINCRBY z 1.5 c
            ZRANGESTORE y z 0 1
            ZUNIONSTORE w 2 z y WEIGHTS 1 2
            ZDIFF 2 z y WITHSCORES
            ZPOPMIN z
            ZMPOP 1 z MAX
            ZREMRANGEBYSCORE z 0 100
            ZADD z nan a
            """),
    ]
}
