extension Metric {
    /// The classes that an event loop counts its turns in.
    public static let turnBuckets = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5]

    public static let loopTurns = histogram(
        "freshet_loop_turn_seconds", labels: ["loop"], buckets: turnBuckets,
        "How long an event loop was busy between two waits, by loop (engine, worker-0, worker-1 …)")
    public static let longestTurn = gauge(
        "freshet_loop_longest_turn_seconds", labels: ["loop"],
        "The longest of these turns in the last minute; everything that the loop serves waited for it")

    static let loops = [loopTurns, longestTurn]
}
