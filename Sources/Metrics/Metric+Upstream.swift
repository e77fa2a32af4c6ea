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

    public static let linksStalled = gauge(
        "freshet_links_stalled",
        "Links that were shared and are silent now, while Redis answers on others")
    public static let linksStalledTotal = counter(
        "freshet_links_stalled_total",
        "Shared links that left sharing since they were silent while Redis answered on others")

    static let upstream = [upstreamUp, upstreamErrors, linksOpen, linksStalled, linksStalledTotal]
}
