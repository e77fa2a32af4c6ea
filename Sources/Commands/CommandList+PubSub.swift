extension CommandList {
    /// Publish and subscribe; channels are not keys.
    static let pubSub = """
        psubscribe           -2 - pubsub,noscript,loading,stale
        publish               3 - pubsub,loading,stale,fast
        pubsub               -2 - subcommands
        pubsub|channels      -2 - pubsub,loading,stale
        pubsub|help           2 - loading,stale
        pubsub|numpat         2 - pubsub,loading,stale
        pubsub|numsub        -2 - pubsub,loading,stale
        pubsub|shardchannels -2 - pubsub,loading,stale
        pubsub|shardnumsub   -2 - pubsub,loading,stale
        punsubscribe         -1 - pubsub,noscript,loading,stale
        spublish              3 - pubsub,loading,stale,fast
        ssubscribe           -2 - pubsub,noscript,loading,stale
        subscribe            -2 - pubsub,noscript,loading,stale
        sunsubscribe         -1 - pubsub,noscript,loading,stale
        unsubscribe          -1 - pubsub,noscript,loading,stale
        """
}
