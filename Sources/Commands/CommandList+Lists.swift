extension CommandList {
    /// Lists.
    static let lists = """
        blmove      6 1:D,2:I write,denyoom,noscript,blocking
        blmpop     -5 2#:D    write,blocking,movablekeys
        blpop      -3 1..-2:D write,noscript,blocking
        brpop      -3 1..-2:D write,noscript,blocking
        brpoplpush  4 1:D,2:I write,denyoom,noscript,blocking
        lindex      3 1:R     readonly
        linsert     5 1:I     write,denyoom
        llen        2 1:R     readonly,fast
        lmove       5 1:D,2:I write,denyoom
        lmpop      -4 1#:D    write,movablekeys
        lpop       -2 1:D     write,fast
        lpos       -3 1:R     readonly
        lpush      -3 1:I     write,denyoom,fast
        lpushx     -3 1:I     write,denyoom,fast
        lrange      4 1:R     readonly
        lrem        4 1:D     write
        lset        4 1:U     write,denyoom
        ltrim       4 1:D     write
        rpop       -2 1:D     write,fast
        rpoplpush   3 1:D,2:I write,denyoom
        rpush      -3 1:I     write,denyoom,fast
        rpushx     -3 1:I     write,denyoom,fast
        """
}
