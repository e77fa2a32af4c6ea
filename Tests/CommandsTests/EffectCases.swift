/// Writes that change something and writes that change nothing, each after its preparation.
enum EffectCases {
    /// `preparation ; preparation > request`; a reply that says too little to tell is marked `~` in front.
    static let lines = text.split(separator: "\n").map(String.init)

    private static let text = """
        > SET k v NX
        SET k w > SET k v NX
        > SET k v XX
        SET k w > SET k v XX
        > SET k v NX GET
        SET k w > SET k v NX GET
        > SET k v XX GET
        SET k w > SET k v XX GET
        > SET k v GET
        SET k w > SET k v GET
        > SETNX k v
        SET k w > SETNX k v
        > MSETNX k v j w
        SET j w > MSETNX k v j w
        > GETSET k v
        > GETDEL k
        SET k v > GETDEL k
        > SETRANGE k 0 ""
        > SETRANGE k 0 x
        > APPEND k x
        > INCR k
        > SETBIT k 3 1
        > RENAMENX k j
        SET k v > RENAMENX k j
        SET k v ; SET j w > RENAMENX k j
        > COPY k j
        SET k v > COPY k j
        SET k v ; SET j w > COPY k j
        SET k v > MOVE k 1
        > MOVE k 1
        > EXPIRE k -1
        SET k v > EXPIRE k -1
        SET k v > EXPIREAT k 1
        SET k v > GETEX k EXAT 1
        > GETEX k EXAT 1
        > LPUSHX k a
        RPUSH k b > LPUSHX k a
        > RPUSHX k a
        RPUSH k b > RPUSHX k a
        > LPOP k
        RPUSH k a > LPOP k
        > LPOP k 2
        RPUSH k a > LPOP k 0
        RPUSH k a b > RPOP k 2
        RPUSH k a > LINSERT k BEFORE z x
        > LINSERT k BEFORE z x
        RPUSH k a > LINSERT k BEFORE a x
        RPUSH k a > LREM k 0 z
        RPUSH k a > LREM k 0 a
        RPUSH k a > LSET k 0 b
        ~ RPUSH k a > LTRIM k 0 -1
        > LMOVE k j LEFT RIGHT
        RPUSH k a > LMOVE k j LEFT RIGHT
        > RPOPLPUSH k j
        > LMPOP 2 k j LEFT
        RPUSH j a > LMPOP 2 k j LEFT
        > BLPOP k 0.01
        RPUSH k a > BLPOP k 0
        > BLMOVE k j LEFT LEFT 0.01
        RPUSH k a > BLMOVE k j LEFT LEFT 0
        > SADD k a
        SADD k a > SADD k a
        SADD k a > SREM k b
        SADD k a > SREM k a
        > SPOP k
        > SPOP k 2
        SADD k a > SPOP k 2
        SADD k a > SMOVE k j b
        SADD k a > SMOVE k j a
        SET j v > SINTERSTORE j k
        SADD k a > SUNIONSTORE j k
        ZADD k 1 a > ZADD k 2 a
        ~ ZADD k 1 a > ZADD k 1 a
        ZADD k 1 a > ZADD k NX 2 a
        ZADD k 1 a > ZADD k CH 1 a
        ZADD k 1 a > ZADD k CH 2 a
        ZADD k 1 a > ZADD k XX 2 a
        ZADD k 1 a > ZADD k GT INCR -1 a
        ZADD k 1 a > ZADD k INCR 1 a
        > ZADD k XX INCR 1 a
        ZADD k 1 a > ZREM k b
        ZADD k 1 a > ZREM k a
        > ZPOPMIN k
        ZADD k 1 a > ZPOPMAX k
        > ZMPOP 1 k MIN
        ZADD k 1 a > ZREMRANGEBYSCORE k 5 6
        ZADD k 1 a > ZREMRANGEBYRANK k 0 0
        ZADD k 1 a > ZRANGESTORE j k 0 -1
        ZADD j 1 a > ZRANGESTORE j k 0 -1
        GEOADD k 1 1 a > GEOADD k NX 2 2 a
        GEOADD k 1 1 a > GEOADD k CH 2 2 a
        GEOADD k 1 1 a > GEOADD k 2 2 a
        HSET k f v > HSET k f w
        HSET k f v > HSETNX k f w
        > HSETNX k f w
        HSET k f v > HDEL k g
        HSET k f v > HDEL k f
        > HINCRBY k f 1
        > PFADD k a
        PFADD k a > PFADD k a
        > PFADD k
        > XADD k NOMKSTREAM * f v
        XADD k 1-1 f v > XADD k NOMKSTREAM * f v
        > XADD k * f v
        XADD k 1-1 f v > XDEL k 2-2
        XADD k 1-1 f v > XDEL k 1-1
        XADD k 1-1 f v > XTRIM k MAXLEN 5
        XADD k 1-1 f v > XTRIM k MAXLEN 0
        XGROUP CREATE k g $ MKSTREAM > XACK k g 1-1
        XGROUP CREATE k g $ MKSTREAM > XGROUP DESTROY k g
        XGROUP CREATE k g $ MKSTREAM > XGROUP DESTROY k h
        XGROUP CREATE k g $ MKSTREAM > XGROUP CREATECONSUMER k g c
        RPUSH k 2 1 > SORT k STORE j
        SET j v > SORT k STORE j
        > BITFIELD k SET u8 0 7
        SET j v > BITOP AND j k
        SET k v > RENAME k j
        SET k list > LPUSH k a
        """
}
