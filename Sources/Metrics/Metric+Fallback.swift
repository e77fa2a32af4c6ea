extension Metric {
    public static let serving = gauge(
        "freshet_serving", labels: ["role"], "1 for the Redis that commands of applications go to, else 0")
    public static let failovers = counter(
        "freshet_failovers_total", labels: ["to", "result"],
        "Attempts to move applications to a Redis, by result (done, abandoned)")
    public static let failoverPause = histogram(
        "freshet_failover_pause_seconds", buckets: secondsBuckets,
        "Time for which commands of applications waited while they were moved")
    public static let mirroredKeys = counter(
        "freshet_mirrored_keys_total", labels: ["role"],
        "Keys changed at the other Redis that were queued for removal from this one")
    public static let mirrorPending = gauge(
        "freshet_mirror_pending_keys", labels: ["role"],
        "Keys changed at the other Redis that are remembered for this one")
    public static let replayedKeys = counter(
        "freshet_replayed_keys_total", labels: ["role"],
        "Mutated keys whose invalidations were run again because another Redis had taken over")

    static let fallback = [serving, failovers, failoverPause, mirroredKeys, mirrorPending, replayedKeys]
}
