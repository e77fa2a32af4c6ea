extension CommandList {
    /// Scripts and functions.
    static let scripting = """
        eval             -3 2#:U noscript,stale,skip_monitor,no_mandatory_keys,movablekeys
        eval_ro          -3 2#:R readonly,noscript,stale,skip_monitor,no_mandatory_keys,movablekeys
        evalsha          -3 2#:U noscript,stale,skip_monitor,no_mandatory_keys,movablekeys
        evalsha_ro       -3 2#:R readonly,noscript,stale,skip_monitor,no_mandatory_keys,movablekeys
        fcall            -3 2#:U noscript,stale,skip_monitor,no_mandatory_keys,movablekeys
        fcall_ro         -3 2#:R readonly,noscript,stale,skip_monitor,no_mandatory_keys,movablekeys
        function         -2 -    subcommands
        function|delete   3 -    write,noscript
        function|dump     2 -    noscript
        function|flush   -2 -    write,noscript
        function|help     2 -    loading,stale
        function|kill     2 -    noscript,allow_busy
        function|list    -2 -    noscript
        function|load    -3 -    write,denyoom,noscript
        function|restore -3 -    write,denyoom,noscript
        function|stats    2 -    noscript,allow_busy
        script           -2 -    subcommands
        script|debug      3 -    noscript
        script|exists    -3 -    noscript
        script|flush     -2 -    noscript
        script|help       2 -    loading,stale
        script|kill       2 -    noscript,allow_busy
        script|load       3 -    noscript,stale
        script|show       3 -    noscript,stale
        """
}
