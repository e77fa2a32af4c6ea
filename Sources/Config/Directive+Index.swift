extension Directive {
    static let indexUpkeep: [Directive] = [
        scalar(
            "reconcile-rate", \.reconcileRate, .count(1...10_000_000, unit: "keys per second"), in: .index,
            reloadable: true,
            help: "How fast the reconciler scans the keyspace when it rebuilds a suspect index.",
            example: "reconcile-rate 2000"),
        scalar(
            "reconcile-on-start", \.reconcileOnStart, .yesOrNo, in: .index, reloadable: false,
            help: "Whether the index counts as suspect at start, and is rebuilt once. Without it, keys "
                + "written while no proxy ran, or before a convention existed, are missing from their "
                + "tags until they are written again.",
            example: "reconcile-on-start no"),
        scalar(
            "sweep-interval", \.sweepInterval, .duration(.seconds(1)...(.seconds(86_400))), in: .index,
            reloadable: true,
            help: "How often index sets are swept of members whose key has expired or was deleted.",
            example: "sweep-interval 5m"),
        scalar(
            "sweep-rate", \.sweepRate, .count(1...10_000_000, unit: "members per second"), in: .index,
            reloadable: true,
            help: "How many members of index sets a sweep looks at per second.",
            example: "sweep-rate 5000"),
    ]
}
