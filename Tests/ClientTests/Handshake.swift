import Testing

/// What a client library sends before an application's first command, with its defaults.
///
/// The requests of one step leave in one write; the next step waits for their replies.
struct Handshake: Sendable, CustomTestStringConvertible {
    let library: String
    let steps: [[String]]
    /// Whether the library turns on something that is the connection's own.
    let keepsLink: Bool

    var testDescription: String { library }

    private init(_ library: String, keepsLink: Bool = false, _ steps: [String]...) {
        self.library = library
        self.keepsLink = keepsLink
        self.steps = steps
    }

    static let all: [Handshake] = [
        Handshake(
            "redis-py 8", ["HELLO 3"], ["CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type external-ip"],
            ["CLIENT SETINFO LIB-NAME redis-py"], ["CLIENT SETINFO LIB-VER 8.1.0"]),
        Handshake(
            "redis-py 8, database 1, with a name", ["HELLO 3"], ["CLIENT MAINT_NOTIFICATIONS ON"],
            ["CLIENT SETNAME web"], ["CLIENT SETINFO LIB-NAME redis-py"],
            ["CLIENT SETINFO LIB-VER 8.1.0"], ["SELECT 1"]),
        Handshake(
            "redis-py 5", ["CLIENT SETINFO LIB-NAME redis-py"], ["CLIENT SETINFO LIB-VER 5.0.1"]),
        Handshake(
            "lettuce", ["HELLO 3"],
            ["CLIENT SETINFO lib-name Lettuce", "CLIENT SETINFO lib-ver 6.5.0"],
            ["CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type external-ip"], ["PING"]),
        Handshake(
            "Jedis", ["CLIENT SETINFO LIB-NAME jedis", "CLIENT SETINFO LIB-VER 6.0.0"]),
        Handshake("Redisson", ["PING"], ["INFO replication"], ["PING"]),
        Handshake(
            "ioredis", ["CLIENT SETINFO LIB-NAME ioredis", "CLIENT SETINFO LIB-VER 5.6.0", "INFO"]),
        Handshake(
            "node-redis",
            [
                "HELLO 3", "CLIENT SETINFO LIB-NAME node-redis", "CLIENT SETINFO LIB-VER 6.0.0",
                "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip",
            ]),
        Handshake(
            "go-redis", ["HELLO 3"],
            ["CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-fqdn"],
            ["CLIENT SETINFO LIB-NAME go-redis(,go1.24)", "CLIENT SETINFO LIB-VER 9.12.0"]),
        Handshake(
            "rueidis without its cache",
            ["HELLO 3", "CLIENT SETINFO LIB-NAME rueidis", "CLIENT SETINFO LIB-VER 1.0.60"]),
        Handshake(
            "rueidis", keepsLink: true,
            [
                "HELLO 3", "CLIENT TRACKING ON OPTIN", "CLIENT SETINFO LIB-NAME rueidis",
                "CLIENT SETINFO LIB-VER 1.0.60",
            ]),
        Handshake(
            "StackExchange.Redis",
            [
                "CLIENT SETNAME web(SE.Redis-v2.8.0)", "CLIENT SETINFO lib-name SE.Redis",
                "CLIENT SETINFO lib-ver 2.8.0", "CLIENT ID", "CONFIG GET timeout",
                "CONFIG GET replica-read-only", "CONFIG GET databases", "SENTINEL MASTERS",
                "INFO replication", "INFO server", "CLUSTER NODES", "GET __Booksleeve_TieBreak",
                "ECHO 0123456789abcdef",
            ]),
        Handshake("phpredis", ["SELECT 0"], ["ECHO phpredis"]),
        Handshake("predis", ["CLIENT SETINFO LIB-NAME predis", "CLIENT SETINFO LIB-VER 3.0.0"]),
        Handshake(
            "redis-rb",
            [
                "HELLO 3", "CLIENT SETINFO LIB-NAME redis-client(redis-rb_v5.4.0)",
                "CLIENT SETINFO LIB-VER 0.24.0",
            ], ["ROLE"]),
        Handshake(
            "valkey-glide", ["HELLO 3"], ["CLIENT SETNAME glide"],
            ["CLIENT SETINFO LIB-NAME GlidePy", "CLIENT SETINFO LIB-VER 2.0.0"], ["INFO REPLICATION"]),
        Handshake(
            "a client that asks whether this is a cluster", ["READONLY"],
            ["CLUSTER SLOTS", "CLUSTER SHARDS"],
            ["CLIENT CAPA redirect"], ["CLIENT TRACKING OFF", "CLIENT NO-TOUCH OFF", "CLIENT TRACKINGINFO"]),
    ]
}
