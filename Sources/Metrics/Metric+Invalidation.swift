extension Metric {
    static let invalidationLabels = ["type", "source", "cluster"]

    public static let invalidationsPerSecond = gauge(
        "cache_invalidations_per_second", labels: invalidationLabels,
        "Keys invalidated per second, averaged over the last ten seconds")
    public static let invalidationsTotal = counter(
        "cache_invalidations_total", labels: invalidationLabels,
        "Keys invalidated, by type (key, tag, pattern, related) and source")
    public static let invalidationDuration = histogram(
        "cache_invalidation_duration_seconds", labels: ["method", "result", "cluster"],
        buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5],
        "Time for which an invalidation was owed, from its acceptance to its end, waiting included; what was "
            + "planned (after, debounce, rate, over) is not")
    public static let invalidationFailures = counter(
        "cache_invalidation_failures_total", labels: ["error_type", "cluster", "key_pattern"],
        "Invalidations that failed, by kind of error and by the convention's pattern")
    public static let cascadeDepth = histogram(
        "cache_invalidation_cascade_depth", labels: ["trigger_type"],
        buckets: [1, 2, 3, 5, 10, 20, 50],
        "Deepest level that a cascade reached")
    public static let queueSize = gauge(
        "cache_invalidation_queue_size", labels: ["state"],
        "Invalidations waiting, by state; 'stored' is what is beyond queue-memory-items")

    static let invalidation = [
        invalidationsPerSecond, invalidationsTotal, invalidationDuration, invalidationFailures,
        cascadeDepth, queueSize,
    ]
}
