extension Metric {
    public static let drainLimit = gauge(
        "freshet_drain_limit_keys_per_second",
        "How many keys a second a running drain may remove, by drain-rate and by Redis's latency; 0 for no "
            + "bound, or no drain")
    public static let drainsVanished = counter(
        "freshet_drains_vanished_total",
        "Drain sets that Redis had lost, by eviction or a flush, before all of their members were removed")

    static let drain = [drainLimit, drainsVanished]
}
