extension Metric {
    static let secondsBuckets = [
        0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5,
    ]

    public static let connectionsOpen = gauge("freshet_connections_open", "Client connections open now")
    public static let connectionsTotal = counter(
        "freshet_connections_total", labels: ["result"],
        "Client connections, by what became of them (accepted, refused)")
    public static let pinnedSessions = gauge(
        "freshet_pinned_sessions", labels: ["reason"],
        "Clients that have a link to Redis to themselves now, by reason; one client may have several")
    public static let commandsTotal = counter(
        "freshet_commands_total", labels: ["command", "class"],
        "Commands forwarded; a command outside the known table counts as other")
    public static let bytesTotal = counter(
        "freshet_bytes_total", labels: ["direction"],
        "Bytes read from clients and from Redis")
    public static let protocolErrors = counter(
        "freshet_protocol_errors_total", labels: ["reason"],
        "Connections closed over bytes that are not RESP")
    public static let opaqueConnections = counter(
        "freshet_opaque_connections_total", labels: ["reason"],
        "Connections whose traffic is no longer looked at, by the command that made it so")
    public static let limitsHit = counter(
        "freshet_limits_hit_total", labels: ["limit"],
        "Times a limit of the configuration was reached, by directive")
    public static let bufferedBytes = gauge(
        "freshet_buffered_bytes",
        "Bytes that wait in buffers of client sessions and of links to Redis")
    public static let reservedRefusals = counter(
        "freshet_reserved_refusals_total",
        "Commands refused because they name a key of the index")
    public static let scriptsWithoutKeys = counter(
        "freshet_scripts_without_keys_total",
        "Script calls that may write and declare no keys, so that nothing is known of what they changed")

    public static let brokenInvariants = counter(
        "freshet_broken_invariants_total", labels: ["invariant"],
        "Mistakes of Freshet's own that were found and contained, by what they were about (session, intent)")

    static let clients = [
        connectionsOpen, connectionsTotal, pinnedSessions, commandsTotal, bytesTotal,
        protocolErrors, opaqueConnections, limitsHit, bufferedBytes, reservedRefusals, scriptsWithoutKeys,
        brokenInvariants,
    ]
}
