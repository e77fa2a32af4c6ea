extension ScriptLibrary {
    /// What one connection does to another.
    static let severalConnections: [Script] = [
        Script(
            "messages between connections",
            """
            2> SUBSCRIBE news weather
            PSUBSCRIBE n*
            b:PUBLISH news hello
            a:2>
            b:PUBLISH weather rain
            a:1>
            b:PUBLISH nobody x
            a:1>
            b:PUBSUB NUMPAT
            """),
        Script(
            "a blocked pop is served by another connection",
            """
            0> BLPOP l 0
            !blocked 1
            b:RPUSH l x
            a:1>
            b:LLEN l
            a:PING
            """),
        Script(
            "a blocked read of a stream is served",
            """
            0> XREAD BLOCK 0 STREAMS s $
            !blocked 1
            b:XADD s 5-1 f v
            a:1>
            """),
        Script(
            "two blocked connections are served in order",
            """
            0> BLPOP l 0
            !blocked 1
            b:0> BLPOP l 0
            !blocked 2
            c:RPUSH l x y
            a:1>
            b:1>
            """),
        Script(
            "commands behind a blocked one wait for it",
            """
            0> BRPOP l 0
            0> PING
            0> GET x
            !blocked 1
            b:LPUSH l v
            a:3>
            """),
        Script(
            "a foreign write breaks a watch",
            """
            SET a 1
            WATCH a
            b:SET a 2
            a:MULTI
            a:SET a 3
            a:EXEC
            a:GET a
            """),
        Script(
            "a foreign write to another key does not",
            """
            WATCH a
            b:SET c 2
            a:MULTI
            a:SET a 3
            a:EXEC
            """),
        Script(
            "invalidations of tracked keys", masks: [.helloIdentifier],
            """
            HELLO 3
            CLIENT TRACKING ON
            GET k
            b:SET k 1
            a:1>
            b:FLUSHALL
            a:1>
            """),
        Script(
            "a database of its own for each connection",
            """
            SELECT 2
            b:SET a zero
            a:SET a two
            b:GET a
            a:GET a
            """),
        Script(
            "a protocol of its own for each connection", masks: [.helloIdentifier],
            """
            HELLO 3
            b:HSET h f v
            a:HGETALL h
            b:HGETALL h
            a:GET missing
            b:GET missing
            """),
        Script(
            "a user of its own for each connection",
            """
            ACL SETUSER bob on >pw ~* +get +acl|whoami
            b:AUTH bob pw
            a:ACL WHOAMI
            b:ACL WHOAMI
            b:SET a 1
            a:SET a 1
            b:GET a
            """),
    ]
}
