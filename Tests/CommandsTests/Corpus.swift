/// Requests that Redis finds well-formed as far as keys go: at least one for every command that has keys.
enum Corpus {
    static let lines = text.split(separator: "\n").map(String.init)

    private static let text = """
        SET a b
        SET a b GET
        SET a b NX EX 10
        set a b xx get
        SET a b EX 10 GET
        SET a b IFEQ
        BITFIELD a GET u8 0
        BITFIELD a SET u8 0 1
        BITFIELD a OVERFLOW FAIL GET u8 0
        BITFIELD a
        SORT a
        SORT a BY w_* GET x_* STORE d
        SORT a LIMIT 0 STORE STORE d STORE e
        SORT a DESC ALPHA store d
        SORT_RO a BY w_* GET x_*
        MIGRATE h 1 k 0 10
        MIGRATE h 1 "" 0 10 KEYS a b
        MIGRATE h 1 "" 0 10 COPY REPLACE AUTH KEYS KEYS a b c
        MIGRATE h 1 "" 0 10 AUTH2 u p KEYS a
        GEORADIUS a 0 0 1 m STORE x
        GEORADIUS a 0 0 1 m COUNT 1 STOREDIST y
        GEORADIUS a 0 0 1 m
        GEORADIUSBYMEMBER a m 1 m STOREDIST y
        GEORADIUSBYMEMBER a STORE 1 m
        ZUNIONSTORE d 2 a b WEIGHTS 1 2 AGGREGATE MAX
        ZINTERSTORE d 1 a
        ZDIFFSTORE d 3 a b c
        ZUNION 2 a b WITHSCORES
        ZINTER 2 a b
        ZDIFF 2 a b
        ZINTERCARD 2 a b LIMIT 1
        SINTERCARD 2 a b LIMIT 1
        EVAL x 0
        EVAL x 2 a b c
        EVALSHA x 1 a b
        EVAL_RO x 2 a b c
        EVALSHA_RO x 1 a
        FCALL f 2 a b c
        FCALL_RO f 1 a
        XREAD STREAMS a 0
        XREAD COUNT 1 BLOCK 0 STREAMS a b 0 0
        XREADGROUP GROUP g c STREAMS a >
        XREADGROUP GROUP STREAMS STREAMS NOACK STREAMS a b > >
        LMPOP 2 a b LEFT
        BLMPOP 0 2 a b LEFT COUNT 2
        ZMPOP 1 a MIN
        BZMPOP 0 2 a b MAX
        BLPOP a b 0
        BRPOP a 0
        BZPOPMIN a b 0
        BZPOPMAX a 0
        MSET a 1 b 2
        MSETNX a 1 b 2 c 3
        DEL a b c
        UNLINK a
        COPY a b DB 1 REPLACE
        XGROUP CREATE a g $ MKSTREAM
        XGROUP CREATECONSUMER a g c
        XGROUP DELCONSUMER a g c
        XGROUP DESTROY a g
        XGROUP SETID a g $
        XINFO STREAM a FULL
        XINFO GROUPS a
        XINFO CONSUMERS a g
        OBJECT ENCODING a
        OBJECT FREQ a
        OBJECT IDLETIME a
        OBJECT REFCOUNT a
        MEMORY USAGE a SAMPLES 5
        BITOP AND d a b
        PFMERGE d a b
        PFCOUNT a b
        LCS a b LEN
        GETEX a EX 10
        EXPIRE a 10 NX
        PERSIST a
        ZADD a NX CH 1 m
        GEOSEARCHSTORE d a FROMMEMBER m BYRADIUS 1 m
        ZRANGESTORE d a 0 -1 REV
        APPEND a b
        BITCOUNT a
        BITFIELD_RO a
        BITPOS a b
        BLMOVE a b c d e
        BRPOPLPUSH a b c
        DECR a
        DECRBY a b
        DUMP a
        EXISTS a
        EXPIREAT a b
        EXPIRETIME a
        GEOADD a b c d
        GEODIST a b c
        GEOHASH a
        GEOPOS a
        GEORADIUS_RO a b c d e
        GEORADIUSBYMEMBER_RO a b c d
        GEOSEARCH a b c d e f
        GET a
        GETBIT a b
        GETDEL a
        GETRANGE a b c
        GETSET a b
        HDEL a b
        HEXISTS a b
        HGET a b
        HGETALL a
        HINCRBY a b c
        HINCRBYFLOAT a b c
        HKEYS a
        HLEN a
        HMGET a b
        HMSET a b c
        HRANDFIELD a
        HSCAN a b
        HSET a b c
        HSETNX a b c
        HSTRLEN a b
        HVALS a
        INCR a
        INCRBY a b
        INCRBYFLOAT a b
        LINDEX a b
        LINSERT a b c d
        LLEN a
        LMOVE a b c d
        LPOP a
        LPOS a b
        LPUSH a b
        LPUSHX a b
        LRANGE a b c
        LREM a b c
        LSET a b c
        LTRIM a b c
        MGET a
        MOVE a b
        PEXPIRE a b
        PEXPIREAT a b
        PEXPIRETIME a
        PFADD a
        PFDEBUG a b
        PSETEX a b c
        PTTL a
        RENAME a b
        RENAMENX a b
        RESTORE a b c
        RESTORE-ASKING a b c
        RPOP a
        RPOPLPUSH a b
        RPUSH a b
        RPUSHX a b
        SADD a b
        SCARD a
        SDIFF a
        SDIFFSTORE a b
        SETBIT a b c
        SETEX a b c
        SETNX a b
        SETRANGE a b c
        SINTER a
        SINTERSTORE a b
        SISMEMBER a b
        SMEMBERS a
        SMISMEMBER a b
        SMOVE a b c
        SPOP a
        SRANDMEMBER a
        SREM a b
        SSCAN a b
        STRLEN a
        SUBSTR a b c
        SUNION a
        SUNIONSTORE a b
        TOUCH a
        TTL a
        TYPE a
        WATCH a
        XACK a b c
        XADD a b c d
        XAUTOCLAIM a b c d e
        XCLAIM a b c d e
        XDEL a b
        XLEN a
        XPENDING a b
        XRANGE a b c
        XREVRANGE a b c
        XSETID a b
        XTRIM a b c
        ZCARD a
        ZCOUNT a b c
        ZINCRBY a b c
        ZLEXCOUNT a b c
        ZMSCORE a b
        ZPOPMAX a
        ZPOPMIN a
        ZRANDMEMBER a
        ZRANGE a b c
        ZRANGEBYLEX a b c
        ZRANGEBYSCORE a b c
        ZRANK a b
        ZREM a b
        ZREMRANGEBYLEX a b c
        ZREMRANGEBYRANK a b c
        ZREMRANGEBYSCORE a b c
        ZREVRANGE a b c
        ZREVRANGEBYLEX a b c
        ZREVRANGEBYSCORE a b c
        ZREVRANK a b
        ZSCAN a b
        ZSCORE a b
        """
}
