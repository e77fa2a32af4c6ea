extension CommandList {
    /// Strings.
    static let strings = """
        append       3 1:I       write,denyoom,fast
        decr         2 1:U       write,denyoom,fast
        decrby       3 1:U       write,denyoom,fast
        delex       -2 1:D       write,fast
        delifeq      3 1:D       write,fast
        digest       2 1:R       readonly,fast
        get          2 1:R       readonly,fast
        getdel       2 1:D       write,fast
        getex       -2 1:E       write,fast
        getrange     4 1:R       readonly
        getset       3 1:U       write,denyoom,fast
        incr         2 1:U       write,denyoom,fast
        incrby       3 1:U       write,denyoom,fast
        incrbyfloat  3 1:U       write,denyoom,fast
        lcs         -3 1..1:R    readonly
        mget        -2 1..-1:R   readonly,fast
        mset        -3 1..-1/2:O write,denyoom
        msetex      -4 1#/2:O    write,denyoom,movablekeys
        msetnx      -3 1..-1/2:O write,denyoom
        psetex       4 1:O       write,denyoom
        set         -3 1:O       write,denyoom
        setex        4 1:O       write,denyoom
        setnx        3 1:O       write,denyoom,fast
        setrange     4 1:U       write,denyoom
        strlen       2 1:R       readonly,fast
        substr       4 1:R       readonly
        """
}
