extension CommandList {
    /// Streams.
    static let streams = """
        xack                  -4 1:U               write,fast
        xackdel               -6 1:D               write,fast
        xadd                  -5 1:U               write,denyoom,fast
        xautoclaim            -6 1:D               write,fast
        xclaim                -6 1:U               write,fast
        xdel                  -3 1:D               write,fast
        xdelex                -5 1:D               write,fast
        xgroup                -2 -                 subcommands
        xgroup|create         -5 2:I               write,denyoom
        xgroup|createconsumer  5 2:I               write,denyoom
        xgroup|delconsumer     5 2:D               write
        xgroup|destroy         4 2:D               write
        xgroup|help            2 -                 loading,stale
        xgroup|setid          -5 2:U               write
        xinfo                 -2 -                 subcommands
        xinfo|consumers        4 2:R               readonly
        xinfo|groups           3 2:R               readonly
        xinfo|help             2 -                 loading,stale
        xinfo|stream          -3 2:R               readonly
        xlen                   2 1:R               readonly,fast
        xpending              -3 1:R               readonly
        xrange                -4 1:R               readonly
        xread                 -4 STREAMS@1..-1%2:R readonly,blocking,movablekeys
        xreadgroup            -7 STREAMS@4..-1%2:R write,blocking,movablekeys
        xrevrange             -4 1:R               readonly
        xsetid                -3 1:U               write,denyoom,fast
        xtrim                 -4 1:D               write
        """
}
