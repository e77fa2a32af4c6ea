extension CommandList {
    /// Sorted sets.
    static let sortedSets = """
        bzmpop           -5 2#:D     write,blocking,movablekeys
        bzpopmax         -3 1..-2:D  write,noscript,blocking,fast
        bzpopmin         -3 1..-2:D  write,noscript,blocking,fast
        zadd             -4 1:U      write,denyoom,fast
        zcard             2 1:R      readonly,fast
        zcount            4 1:R      readonly,fast
        zdiff            -3 1#:R     readonly,movablekeys
        zdiffstore       -4 1:O,2#:R write,denyoom,movablekeys
        zincrby           4 1:U      write,denyoom,fast
        zinter           -3 1#:R     readonly,movablekeys
        zintercard       -3 1#:R     readonly,movablekeys
        zinterstore      -4 1:O,2#:R write,denyoom,movablekeys
        zlexcount         4 1:R      readonly,fast
        zmpop            -4 1#:D     write,movablekeys
        zmscore          -3 1:R      readonly,fast
        zpopmax          -2 1:D      write,fast
        zpopmin          -2 1:D      write,fast
        zrandmember      -2 1:R      readonly
        zrange           -4 1:R      readonly
        zrangebylex      -4 1:R      readonly
        zrangebyscore    -4 1:R      readonly
        zrangestore      -5 1:O,2:R  write,denyoom
        zrank             3 1:R      readonly,fast
        zrem             -3 1:D      write,fast
        zremrangebylex    4 1:D      write
        zremrangebyrank   4 1:D      write
        zremrangebyscore  4 1:D      write
        zrevrange        -4 1:R      readonly
        zrevrangebylex   -4 1:R      readonly
        zrevrangebyscore -4 1:R      readonly
        zrevrank          3 1:R      readonly,fast
        zscan            -3 1:R      readonly
        zscore            3 1:R      readonly,fast
        zunion           -3 1#:R     readonly,movablekeys
        zunionstore      -4 1:O,2#:R write,denyoom,movablekeys
        """
}
