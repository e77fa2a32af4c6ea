extension CommandList {
    /// Sets.
    static let sets = """
        sadd        -3 1:I         write,denyoom,fast
        scard        2 1:R         readonly,fast
        sdiff       -2 1..-1:R     readonly
        sdiffstore  -3 1:O,2..-1:R write,denyoom
        sinter      -2 1..-1:R     readonly
        sintercard  -3 1#:R        readonly,movablekeys
        sinterstore -3 1:U,2..-1:R write,denyoom
        sismember    3 1:R         readonly,fast
        smembers     2 1:R         readonly
        smismember  -3 1:R         readonly,fast
        smove        4 1:D,2:I     write,fast
        spop        -2 1:D         write,fast
        srandmember -2 1:R         readonly
        srem        -3 1:D         write,fast
        sscan       -3 1:R         readonly
        sunion      -2 1..-1:R     readonly
        sunionstore -3 1:O,2..-1:R write,denyoom
        """
}
