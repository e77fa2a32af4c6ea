extension Directive {
    static let drain: [Directive] = [
        scalar(
            "drain-batch", \.drainBatch, .count(1...100_000, unit: "keys"), in: .invalidation,
            reloadable: true,
            help: "How many keys one command removes while a large tag is drained, and one UNLINK of an "
                + "invalidation. 500 hold Redis for less than a millisecond; while others use Redis, it is "
                + "100 at most (drain-latency).",
            example: "drain-batch 250"),
        scalar(
            "drain-links", \.drainLinks, .count(1...16, unit: "links"), in: .invalidation, reloadable: true,
            help: "How many index sets one invalidation drains side by side, each on a link of its own.",
            example: "drain-links 4"),
        scalar(
            "drain-rate", \.drainRate, .count(0...100_000_000, unit: "keys per second"), in: .invalidation,
            reloadable: true,
            help: "How many keys a second background invalidations remove at most, all together. 0 sets no "
                + "bound.",
            example: "drain-rate 50000"),
        scalar(
            "drain-latency", \.drainLatency, .count(0...100_000, unit: "percent"), in: .invalidation,
            reloadable: true,
            help: "How slow Redis may become by a drain, in percent of the time that it takes to answer "
                + "without one: past that the drain slows down, below it speeds up again. Measured every "
                + "10 ms while others than Freshet use Redis; where nobody does, a drain has no bound. 0 "
                + "measures nothing.",
            example: "drain-latency 150"),
    ]
}
