extension CommandList {
    /// Hashes.
    static let hashes = """
        hdel         -3 1:D write,fast
        hexists       3 1:R readonly,fast
        hexpire      -6 1:E write,denyoom,fast
        hexpireat    -6 1:E write,denyoom,fast
        hexpiretime  -5 1:R readonly,fast
        hget          3 1:R readonly,fast
        hgetall       2 1:R readonly
        hgetdel      -5 1:D write,fast
        hgetex       -5 1:E write,fast
        hincrby       4 1:U write,denyoom,fast
        hincrbyfloat  4 1:U write,denyoom,fast
        hkeys         2 1:R readonly
        hlen          2 1:R readonly,fast
        hmget        -3 1:R readonly,fast
        hmset        -4 1:U write,denyoom,fast
        hpersist     -5 1:E write,fast
        hpexpire     -6 1:E write,denyoom,fast
        hpexpireat   -6 1:E write,denyoom,fast
        hpexpiretime -5 1:R readonly,fast
        hpttl        -5 1:R readonly,fast
        hrandfield   -2 1:R readonly
        hscan        -3 1:R readonly
        hset         -4 1:U write,denyoom,fast
        hsetex       -6 1:U write,denyoom,fast
        hsetnx        4 1:I write,denyoom,fast
        hstrlen       3 1:R readonly,fast
        httl         -5 1:R readonly,fast
        hvals         2 1:R readonly
        """
}
