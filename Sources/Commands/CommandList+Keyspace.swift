extension CommandList {
    /// The keyspace: what works on keys of any type.
    static let keyspace = """
        copy            -3 1:R,2:O write,denyoom
        dbsize           1 -       readonly,fast
        del             -2 1..-1:D write
        dump             2 1:R     readonly
        exists          -2 1..-1:R readonly,fast
        expire          -3 1:E     write,fast
        expireat        -3 1:E     write,fast
        expiretime       2 1:R     readonly,fast
        flushall        -1 -       write
        flushdb         -1 -       write
        keys             2 -       readonly
        move             3 1:U     write,fast
        object          -2 -       subcommands
        object|encoding  3 2:R     readonly
        object|freq      3 2:R     readonly
        object|help      2 -       loading,stale
        object|idletime  3 2:R     readonly
        object|refcount  3 2:R     readonly
        persist          2 1:E     write,fast
        pexpire         -3 1:E     write,fast
        pexpireat       -3 1:E     write,fast
        pexpiretime      2 1:R     readonly,fast
        pttl             2 1:R     readonly,fast
        randomkey        1 -       readonly
        rename           3 1:D,2:O write
        renamenx         3 1:D,2:O write,fast
        restore         -4 1:O     write,denyoom
        scan            -2 -       readonly
        sort            -2 1:R     write,denyoom,movablekeys
        sort_ro         -2 1:R     readonly,movablekeys
        swapdb           3 -       write,fast
        touch           -2 1..-1:R readonly,fast
        ttl              2 1:R     readonly,fast
        type             2 1:R     readonly,fast
        unlink          -2 1..-1:D write,fast
        """
}
