public import Bytes

/// Every directive of proxy.conf with its typed value; a fresh one holds the defaults.
///
/// Property names are the directives' in camel case. Sizes are in bytes, rates per second. What each means is
/// said once, in `Directive.all`, which also reads and shows them; these initial values are the only place
/// that states defaults.
public struct Settings: Sendable, Equatable {
    public var listen = [ListenAddress(.tcp(host: "127.0.0.1", port: 6380))]
    /// Nil when `off`.
    public var admin: Address? = .tcp(host: "127.0.0.1", port: 6381)
    /// With the password of `upstream-password-file` where that is given.
    public var upstream = Upstream(address: .tcp(host: "127.0.0.1", port: 6379))
    public var upstreamPasswordFile: String?
    /// With the password of `fallback-password-file` where that is given; nil when `off`.
    public var fallback: Upstream?
    public var fallbackPasswordFile: String?
    /// Nil means the host of `fallback`.
    public var fallbackTlsServerName: String?
    public var failover = Failover.off
    public var failoverAfter = Duration.seconds(3)
    public var failbackAfter = Backoff(minimum: .seconds(10), maximum: .seconds(300))
    public var failoverPause = Duration.seconds(5)
    public var mirrorKeys = 1_000_000
    /// Zero replays nothing.
    public var replayWindow = Duration.seconds(30)
    public var replayKeys = 10_000
    public var workers = 1
    public var pidFile: String?
    public var reusePort = false

    public var tlsCertFile: String?
    public var tlsKeyFile: String?
    public var tlsKeyFilePassFile: String?
    public var tlsCaCertFile: String?
    public var tlsCaCertDir: String?
    public var tlsAuthClients = AuthClients.yes
    public var tlsProtocols = TLSProtocols.both
    /// Nil leaves OpenSSL's own list.
    public var tlsCiphers: String?
    public var tlsCiphersuites: String?
    public var tlsHandshakeTimeout = Duration.seconds(10)
    public var upstreamTlsCaCertFile: String?
    public var upstreamTlsCertFile: String?
    public var upstreamTlsKeyFile: String?
    public var upstreamTlsKeyFilePassFile: String?
    /// Nil means the host of `upstream`.
    public var upstreamTlsServerName: String?
    public var upstreamTlsVerify = true
    /// What the pass files hold.
    public var tlsKeyPass: Secret?
    public var upstreamTlsKeyPass: Secret?

    public var connections = Connections.shared
    public var linksPerGroup = 2
    public var idlePinnedLinks = 16
    public var scriptLinks = 8
    public var linkPatience = Duration.milliseconds(100)
    public var connectTimeout = Duration.seconds(1)
    public var reconnectBackoff = Backoff(minimum: .milliseconds(50), maximum: .seconds(2))
    /// Zero turns keepalive off.
    public var tcpKeepalive = Duration.seconds(30)
    public var hangUpTimeout = Duration.seconds(10)
    public var probeInterval = Duration.seconds(1)
    public var probeTimeout = Duration.seconds(5)
    public var drainDelay = Duration.zero
    public var drainTimeout = Duration.seconds(30)

    public var maxClients = 10_000
    public var streamThreshold = 64 << 10
    public var clientOutputLimit = 256 << 10
    /// Zero: a client may stop reading for as long as it likes.
    public var clientStallTimeout = Duration.zero
    public var sharedStallTimeout = Duration.milliseconds(250)
    public var replyStallTimeout = Duration.seconds(10)
    public var bufferLimit = 512 << 20
    public var clientPipelineLimit = 1 << 20
    public var maxArgs = 1 << 20
    public var protoMaxBulkLen = 512 << 20
    public var maxReplyDepth = 16_384
    public var maxBufferedRequest = 64 << 20
    public var maxBufferedReply = 64 << 20

    public var mode = Mode.enforce
    public var cascade = Cascade.beforeReply
    public var cascadeDeadline = Duration.milliseconds(500)
    public var cascadeMaxDepth = 32
    public var cascadeMaxKeys = 1000
    public var cascadeStepKeys = 500
    public var drainBatch = 500
    public var drainLinks = 2
    /// Zero: no bound.
    public var drainRate = 0
    /// Percent of the calm latency; zero measures nothing.
    public var drainLatency = 200
    public var maxFanout = 1_000_000
    public var maxDepth = 100
    public var queueConcurrency = 4
    public var queueItems = 1_000_000
    public var queueMemoryItems = 10_000
    public var deadLetters = 10_000
    public var retryAttempts = 3
    public var retryBackoff = Backoff(minimum: .seconds(1), maximum: .seconds(300))
    public var scripts = Scripts.declaredKeys
    /// What operators mean who name no database.
    public var invalidateDatabase = 0
    /// Command names in upper case, `CONFIG` or `CONFIG|SET`.
    public var deny: [ByteString] = []

    /// Nil when `off`.
    public var stateDir: String? = "/var/lib/freshet"
    public var cascadeDurability = CascadeDurability.everySecond
    public var intentJournalLimit = 64 << 20

    public var reconcileRate = 10_000
    public var reconcileOnStart = true
    /// Zero: keys are not looked at.
    public var indexCheckRate = 500
    public var sweepInterval = Duration.seconds(60)
    /// Percent of Redis's time.
    public var sweepShare = 10
    /// Zero: no bound.
    public var sweepRate = 0

    /// Nil when `off`.
    public var auditFile: String?
    public var auditMaxBytes = 64 << 20
    public var auditRetain = 8
    public var auditQueue = 65_536
    public var auditOnFull = AuditOnFull.drop
    public var auditKeys = AuditKeys.plain
    public var auditTargets = 1000

    public var alertmanager: [WebAddress] = []
    public var alertmanagerTokenFile: String?
    public var alertWebhook: [WebAddress] = []
    public var alertWebhookTokenFile: String?
    public var alertCaCertFile: String?
    public var alertProxy: WebAddress?
    public var alertInterval = Duration.seconds(60)
    public var alertTimeout = Duration.seconds(5)
    public var alertGrace = Duration.seconds(10)
    public var alertLimit = 1000
    public var alertLabel: [AlertLabel] = []
    public var alertRunbookUrl: WebAddress?
    public var alertGeneratorUrl: WebAddress?

    public var logLevel = LogLevel.notice
    public var logFormat = LogFormat.auto

    public var separator = ASCII.colon
    public var cycles = Cycles.refuse
    public var allowBroad = false

    public init() {}
}
