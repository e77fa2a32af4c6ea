extension CommandList {
    /// The cluster and moving keys between servers.
    static let cluster = """
        asking                         1 -   fast
        cluster                       -2 -   subcommands
        cluster|addslots              -3 -   admin,stale,no_async_loading
        cluster|addslotsrange         -4 -   admin,stale,no_async_loading
        cluster|bumpepoch              2 -   admin,stale,no_async_loading
        cluster|count-failure-reports  3 -   admin,stale
        cluster|countkeysinslot        3 -   stale
        cluster|delslots              -3 -   admin,stale,no_async_loading
        cluster|delslotsrange         -4 -   admin,stale,no_async_loading
        cluster|failover              -2 -   admin,stale,no_async_loading
        cluster|flushslot             -3 -   admin,stale,no_async_loading
        cluster|flushslots             2 -   admin,stale,no_async_loading
        cluster|forget                 3 -   admin,stale,no_async_loading
        cluster|getkeysinslot          4 -   stale
        cluster|help                   2 -   loading,stale
        cluster|info                   2 -   stale
        cluster|keyslot                3 -   stale
        cluster|links                  2 -   stale
        cluster|meet                  -4 -   admin,stale,no_async_loading
        cluster|migration             -4 -   admin,stale,no_async_loading
        cluster|myid                   2 -   stale
        cluster|myshardid              2 -   stale
        cluster|nodes                  2 -   stale
        cluster|replicas               3 -   admin,stale
        cluster|replicate              3 -   admin,stale,no_async_loading
        cluster|reset                 -2 -   admin,noscript,stale
        cluster|saveconfig             2 -   admin,stale,no_async_loading
        cluster|set-config-epoch       3 -   admin,stale,no_async_loading
        cluster|setslot               -4 -   admin,stale,no_async_loading
        cluster|shards                 2 -   stale
        cluster|slaves                 3 -   admin,stale
        cluster|slot-stats            -4 -   loading,stale
        cluster|slots                  2 -   stale
        cluster|syncslots             -3 -   admin,stale,no_async_loading
        migrate                       -6 3:D write,movablekeys
        readonly                       1 -   loading,stale,fast
        readwrite                      1 -   loading,stale,fast
        restore-asking                -4 1:O write,denyoom,asking
        """
}
