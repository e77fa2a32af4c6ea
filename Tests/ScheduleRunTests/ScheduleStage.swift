import TestSupport

/// A Redis and the proxies that share it, each by a clock of its own or by one together.
final class ScheduleStage {
    static let tags = "tag product:{id}:** catalog\n"

    let redis: RedisServer
    private let direct: HiredisClient
    private(set) var proxies: [FreshetProcess] = []

    init(options: [String] = []) throws {
        redis = try RedisServer(options: options)
        direct = try HiredisClient(redis.unix)
    }

    /// Starts a proxy and waits until it has agreed with Redis about its schedules.
    @discardableResult
    func start(
        _ schedules: String, by clock: FakeClock, upstream: Endpoint? = nil, waits: Bool = true
    ) throws -> FreshetProcess {
        let number = proxies.count
        let proxy = try FreshetProcess(
            upstream: upstream ?? redis.unix,
            configuration: """
                audit-file \(redis.directory.path)/audit-\(number).jsonl
                \(Self.tags)\(schedules)
                """, environment: try clock.environment())
        proxies.append(proxy)
        if waits { try waitForAgreement(proxy) }
        return proxy
    }

    /// Waits until every schedule has a next run.
    func waitForAgreement(_ proxy: FreshetProcess) throws {
        try waitUntil("next runs; the log: \(proxy.log)", withinMilliseconds: 30_000) {
            try schedules(of: proxy).allSatisfy { $0.fields["next-run"] != "" }
        }
    }

    /// What FRESHET SCHEDULE LIST says.
    func schedules(of proxy: FreshetProcess) throws -> [(name: String, fields: [String: String])] {
        let reply = try RawClient(proxy.admin).command("FRESHET", "SCHEDULE", "LIST")
        return (reply.elements ?? []).map { entry in
            let fields = entry.elements ?? []
            let pairs = stride(from: 0, to: fields.count - 1, by: 2).map { place in
                let value = fields[place + 1]
                return (fields[place].text ?? "", value.integer.map(String.init) ?? value.text ?? "")
            }
            let named = Dictionary(pairs, uniquingKeysWith: { $1 })
            return (named["name"] ?? "", named)
        }
    }

    func schedule(_ name: String, of proxy: FreshetProcess) throws -> [String: String] {
        try schedules(of: proxy).first { $0.name == name }?.fields ?? [:]
    }

    /// How often proxies say that due times of a schedule ended so, all proxies together.
    func runs(_ name: String, _ outcome: String, of some: [FreshetProcess]? = nil) throws -> Int {
        try (some ?? proxies).reduce(0) { sum, proxy in
            let metric = "freshet_schedule_runs_total{schedule=\"\(name)\",outcome=\"\(outcome)\"}"
            return sum + Int(try proxy.metric(metric) ?? 0)
        }
    }

    func waitForRuns(_ name: String, _ outcome: String, _ count: Int) throws {
        try waitUntil(
            "\(count) \(outcome) of \(name); the log: \(proxies.map(\.log))", withinMilliseconds: 30_000
        ) { try runs(name, outcome) >= count }
    }

    /// Writes keys that the schedules invalidate.
    func fill(through proxy: FreshetProcess, _ keys: String...) throws {
        let client = try RawClient(proxy.unix)
        for key in keys { _ = try client.command("SET", key, "x") }
    }

    /// Runs a command in Redis, past the proxies.
    @discardableResult
    func redis(_ arguments: String...) throws -> Reply {
        try direct.command(arguments.map { Array($0.utf8) })
    }

    func existing(_ keys: String...) throws -> [String] {
        try keys.filter { try direct.command("EXISTS", $0) == .integer(1) }
    }

    /// The audit's lines of all proxies that hold `text`.
    func audit(_ text: String) throws -> [String] {
        try proxies.indices.flatMap { number in
            try FileSystem.readText(redis.directory.path + "/audit-\(number).jsonl").split(separator: "\n")
                .map(String.init).filter { $0.contains(text) }
        }
    }
}
