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
            "index-check-rate", \.indexCheckRate, .count(0...1_000_000, unit: "keys per second"),
            in: .index, reloadable: true,
            help: "How many keys a second are looked at, all the time, for whether the index has the records "
                + "that their names imply. What it lacks has it rebuilt. With 0 only the loss of the whole "
                + "index, and evictions, are noticed.",
            example: "index-check-rate 5000"),
        scalar(
            "sweep-interval", \.sweepInterval, .duration(.seconds(1)...(.seconds(86_400))), in: .index,
            reloadable: true,
            help: "How often all names are looked through for index sets whose members have lost their "
                + "keys, expired or deleted. Sets into which this proxy records are known to it and looked "
                + "at as often as members die in them.",
            example: "sweep-interval 5m"),
        scalar(
            "sweep-share", \.sweepShare, .count(1...50, unit: "percent"), in: .index, reloadable: true,
            help: "How much of Redis's time sweeping may take when many members die. It takes less when few "
                + "do.",
            example: "sweep-share 20"),
        scalar(
            "sweep-rate", \.sweepRate, .count(0...10_000_000, unit: "members per second"), in: .index,
            reloadable: true,
            help: "How many members of index sets are looked at per second at most; 0 for as many as "
                + "sweep-share allows.",
            example: "sweep-rate 5000"),
    ]
}
