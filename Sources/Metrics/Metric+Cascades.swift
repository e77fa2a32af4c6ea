extension Metric {
    public static let mutationsTotal = counter(
        "freshet_mutations_total", labels: ["outcome"],
        "Writes of keys that conventions name, by what the reply says (changed, unchanged, failed, unknown)")
    public static let cascadesTotal = counter(
        "freshet_cascades_total", labels: ["outcome"],
        "Cascades run, by how they ended")
    public static let cascadeKeys = counter(
        "freshet_cascade_keys_total", labels: ["result"],
        "Keys that cascades reached, by what became of them")
    public static let cascadeDuration = histogram(
        "freshet_cascade_duration_seconds", buckets: secondsBuckets,
        "Time that a cascade itself ran, from its first step to its last")
    public static let cascadeTruncated = counter(
        "freshet_cascade_truncated_total",
        "Cascades that met a limit and left keys unvisited")
    public static let ruleFirings = counter(
        "freshet_rule_firings_total", labels: ["rule", "outcome"],
        "Firings of rules, by what became of them (fired, deferred, refused)")
    public static let indexRecords = counter(
        "freshet_index_records_total",
        "Members added to index sets for keys that clients wrote")
    public static let indexSuspect = gauge(
        "freshet_index_suspect",
        "1 while the index may lack members and is being rebuilt, else 0")
    public static let indexDeadRatio = gauge(
        "freshet_index_dead_ratio",
        "Share of the last swept members whose key no longer exists, 0 to 1")
    public static let reconcileKeys = counter(
        "freshet_reconcile_keys_total", "Keys that the reconciler looked at")
    public static let sweptMembers = counter(
        "freshet_swept_members_total", "Members removed from the index because their key no longer exists")

    public static let indexLostRecords = counter(
        "freshet_index_lost_records_total",
        "Records that the index did not have although their keys were there and it was looked for them")
    public static let indexRepeated = counter(
        "freshet_index_repeated_total",
        "Index sets and keys that were invalidated again, since the index may have lacked records before")

    public static let sweptSets = gauge(
        "freshet_swept_sets", labels: ["role"],
        "Index sets that are looked at as often as members die in them")
    public static let sweepBehind = gauge(
        "freshet_sweep_behind", labels: ["role"],
        "Index sets in which members die faster than they are removed")
    public static let sweepTime = gauge(
        "freshet_sweep_time_ratio", labels: ["role"],
        "Share of Redis's time that sweeping took in the last second")

    static let cascades = [
        mutationsTotal, cascadesTotal, cascadeKeys, cascadeDuration, cascadeTruncated, ruleFirings,
        indexRecords, indexSuspect, indexDeadRatio, reconcileKeys, sweptMembers,
        indexLostRecords, indexRepeated, sweptSets, sweepBehind, sweepTime,
    ]
}
