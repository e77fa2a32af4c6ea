extension CommandList {
    /// The connection, its transactions and its waiting.
    static let connection = """
        auth                    -2 -       noscript,loading,stale,fast,no_auth,allow_busy
        client                  -2 -       subcommands
        client|caching           3 -       noscript,loading,stale
        client|capa             -3 -       noscript,loading,stale
        client|getname           2 -       noscript,loading,stale
        client|getredir          2 -       noscript,loading,stale
        client|help              2 -       loading,stale
        client|id                2 -       noscript,loading,stale
        client|import-source     3 -       noscript,loading,stale
        client|info              2 -       noscript,loading,stale
        client|kill             -3 -       admin,noscript,loading,stale
        client|list             -2 -       admin,noscript,loading,stale
        client|no-evict          3 -       admin,noscript,loading,stale
        client|no-touch          3 -       noscript,loading,stale
        client|pause            -3 -       admin,noscript,loading,stale
        client|reply             3 -       noscript,loading,stale
        client|setinfo           4 -       noscript,loading,stale
        client|setname           3 -       noscript,loading,stale
        client|tracking         -3 -       noscript,loading,stale
        client|trackinginfo      2 -       noscript,loading,stale
        client|unblock          -3 -       admin,noscript,loading,stale
        client|unpause           2 -       admin,noscript,loading,stale
        command                 -1 -       loading,stale,subcommands
        command|count            2 -       loading,stale
        command|docs            -2 -       loading,stale
        command|getkeys         -4 -       loading,stale
        command|getkeysandflags -4 -       loading,stale
        command|help             2 -       loading,stale
        command|info            -2 -       loading,stale
        command|list            -2 -       loading,stale
        discard                  1 -       noscript,loading,stale,fast,allow_busy
        echo                     2 -       loading,stale,fast
        exec                     1 -       noscript,loading,stale,skip_slowlog
        hello                   -1 -       noscript,loading,stale,fast,no_auth,allow_busy
        multi                    1 -       noscript,loading,stale,fast,allow_busy
        ping                    -1 -       fast
        quit                    -1 -       noscript,loading,stale,fast,no_auth,allow_busy
        reset                    1 -       noscript,loading,stale,fast,no_auth,allow_busy
        select                   2 -       loading,stale,fast
        unwatch                  1 -       noscript,loading,stale,fast,allow_busy
        wait                     3 -       noscript
        waitaof                  4 -       noscript,blocking
        watch                   -2 1..-1:R noscript,loading,stale,fast,allow_busy
        """
}
