extension Metric {
    public static let upstreamUp = gauge(
        "freshet_upstream_up", labels: ["role"],
        "1 while the upstream answers and takes writes, 0 while it does not")
    public static let upstreamErrors = counter(
        "freshet_upstream_errors_total", labels: ["code"],
        "Error replies of Redis, by their first word")
    public static let linksOpen = gauge(
        "freshet_links_open", labels: ["kind"],
        "Upstream links open now, by kind (shared, pinned, idle, own)")

    static let upstream = [upstreamUp, upstreamErrors, linksOpen]
}
