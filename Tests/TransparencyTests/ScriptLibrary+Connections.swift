extension ScriptLibrary {
    /// Transactions and subscriptions of one connection.
    static let conversations: [Script] = [
        Script(
            "transactions",
            """
            MULTI
            SET a 1
            INCR a
            LPUSH a x
            GET a
            EXEC
            MULTI
            SET a 5
            DISCARD
            GET a
            MULTI
            MULTI
            WATCH a
            NOSUCH
            EXEC
            MULTI
            EXEC
            WATCH a
            SET a 7
            MULTI
            GET a
            EXEC
            WATCH a
            UNWATCH
            MULTI
            SELECT 1
            SET x 1
            EXEC
            GET x
            SELECT 0
            GET x
            """),
        Script(
            "a watched key that does not change",
            """
            SET a 1
            WATCH a
            MULTI
            INCR a
            EXEC
            """),
        Script(
            "blocking commands that need not wait",
            """
            RPUSH l a b c d e
            BLPOP l 0
            BRPOP none l 0
            BLMOVE l m LEFT RIGHT 0
            BRPOPLPUSH l m 0
            BLMPOP 0 1 m LEFT
            ZADD z 1 a 2 b 3 c
            BZPOPMIN z 0
            BZMPOP 0 1 z MAX
            BLPOP l notanumber
            XADD s 1-1 f v
            XREAD BLOCK 0 STREAMS s 0
            MULTI
            BLPOP none 0
            EXEC
            BLPOP none 0.01
            """),
        Script(
            "subscriptions in RESP2",
            """
            2> SUBSCRIBE a b
            PSUBSCRIBE p*
            GET x
            PING
            PING hello
            PUBLISH a x
            UNSUBSCRIBE a
            UNSUBSCRIBE b
            PUNSUBSCRIBE p*
            SSUBSCRIBE shard
            SUNSUBSCRIBE shard
            GET x
            PUBSUB NUMSUB a
            PUBSUB CHANNELS
            """),
        Script(
            "subscriptions in RESP3", masks: [.helloIdentifier],
            """
            HELLO 3
            2> SUBSCRIBE a b
            GET x
            2> PUBLISH a hello
            PING
            PSUBSCRIBE p*
            UNSUBSCRIBE a
            UNSUBSCRIBE b
            PUNSUBSCRIBE p*
            UNSUBSCRIBE
            RESET
            PING
            """),
    ]

    /// What belongs to a connection.
    static let connections: [Script] = [
        Script(
            "names and ids", masks: [.digits],
            """
            CLIENT GETNAME
            CLIENT SETNAME mine
            CLIENT GETNAME
            CLIENT SETNAME "not fine"
            CLIENT GETNAME
            CLIENT SETNAME
            CLIENT ID
            CLIENT GETREDIR
            CLIENT NO-EVICT on
            CLIENT SETINFO LIB-NAME x
            CLIENT HELP
            RESET
            CLIENT GETNAME
            """),
        Script(
            "RESP3 types", masks: [.helloIdentifier],
            """
            HELLO 3 SETNAME mine
            CLIENT GETNAME
            HSET h f 1 g 2
            HGETALL h
            SADD s 1 2
            SMEMBERS s
            ZADD z 1.5 a
            ZSCORE z a
            ZRANGE z 0 -1 WITHSCORES
            GET missing
            DEBUG PROTOCOL ATTRIB
            DEBUG PROTOCOL BIGNUM
            DEBUG PROTOCOL DOUBLE
            DEBUG PROTOCOL VERBATIM
            DEBUG PROTOCOL TRUE
            DEBUG PROTOCOL NULL
            DEBUG PROTOCOL SET
            DEBUG PROTOCOL MAP
            CONFIG GET maxmemory
            HELLO 2
            HGETALL h
            """),
        Script(
            "HELLO and its errors", masks: [.helloIdentifier],
            """
            HELLO
            HELLO 1
            HELLO x
            HELLO 4
            HELLO 3 AUTH nobody wrong
            HELLO 3 NOSUCH
            HELLO 2
            PING
            """),
        Script(
            "tracking", masks: [.helloIdentifier],
            """
            HELLO 3
            CLIENT TRACKING ON
            GET k
            2> SET k 1
            CLIENT TRACKING ON BCAST
            CLIENT TRACKING OFF
            CLIENT TRACKING ON OPTIN
            CLIENT CACHING YES
            GET k
            CLIENT TRACKINGINFO
            CLIENT TRACKING OFF
            """),
        Script(
            "replies turned off and on",
            """
            0> CLIENT REPLY OFF
            0> SET a 1
            CLIENT REPLY ON
            GET a
            0> CLIENT REPLY SKIP
            0> GET a
            GET a
            """),
        Script(
            "databases",
            """
            SET a 0
            SELECT 3
            GET a
            SET a 3
            MOVE a 4
            COPY missing b DB 5
            SWAPDB 4 0
            SELECT 4
            GET a
            FLUSHDB
            DBSIZE
            RESET
            GET a
            SELECT 16
            """),
    ]
}
