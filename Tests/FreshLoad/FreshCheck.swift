import TestSupport

/// Looks, at rest and past the proxy, for keys that are older than what they were built from.
struct FreshCheck {
    let stage: FreshStage
    private(set) var checked = 0
    private var seen = 0
    private(set) var stale: [String] = []

    init(_ stage: FreshStage) { self.stage = stage }

    /// Waits until the proxy owes nothing and nothing is about to expire.
    func waitForRest() throws {
        let owed = ["freshet_recovery_pending", "freshet_queue_items", "freshet_intents_open"]
        var quiet = 0
        try waitUntil("the proxy to have done what it owes", withinMilliseconds: 120_000) {
            let isQuiet = try owed.allSatisfy { try (stage.proxy.metric($0) ?? 0) == 0 }
            let rests = try isQuiet && !hasSoftKeys()
            quiet = rests ? quiet + 1 : 0
            if quiet < 3 { pause(milliseconds: 260) }
            return quiet == 3
        }
    }

    /// Whether a key is about to expire that its writer has not told to.
    private func hasSoftKeys() throws -> Bool {
        let client = try RawClient(stage.redis.unix)
        for group in 0..<FreshPlan.groups {
            let keys = stage.setup.plan.keys(in: group).map(\.name)
            try client.send(keys.flatMap { RequestEncoding.command(["PTTL", $0]) })
            let left = try client.readFrames(keys.count).compactMap(\.reply.integer)
            if left.contains(where: { (0..<60_000).contains($0) }) { return true }
        }
        return false
    }

    /// Reads everything, and once more at rest if something looks stale.
    mutating func look() throws {
        try read()
        checked += seen
        if !stale.isEmpty { try lookAtRest() }
    }

    /// Reads everything at rest: what is stale then stays in `stale`.
    mutating func lookAtRest() throws {
        try waitForRest()
        try read()
    }

    private mutating func read() throws {
        (seen, stale) = (0, [])
        try look(in: stage.redis, "")
        if let fallback = stage.fallback { try look(in: fallback, " in the fallback") }
    }

    private mutating func look(in redis: RedisServer, _ place: String) throws {
        let client = try RawClient(redis.unix)
        for group in 0..<FreshPlan.groups {
            let keys = stage.setup.plan.keys(in: group)
            let reading = keys.map { FreshClient.reading($0.name, $0.node.type) }
            try client.send(reading.flatMap { RequestEncoding.command($0) })
            let replies = try client.readFrames(keys.count).map(\.reply)
            var values: [String: FreshValue] = [:]
            for (key, reply) in zip(keys, replies) { values[key.name] = FreshValue(reply.text) }
            for (name, value) in values where !value.sources.isEmpty {
                seen += 1
                judge(name, value, values, isCopy: !place.isEmpty, place)
            }
        }
    }

    /// A source that is gone proves nothing against a value that was stored without a guard, or copied.
    private mutating func judge(
        _ name: String, _ value: FreshValue, _ values: [String: FreshValue], isCopy: Bool, _ place: String
    ) {
        for source in value.sources {
            let now = values[source.name]?.stamp
            if now == source.stamp || now == nil && (isCopy || value.path == "unguarded") { continue }
            let found = now.map { "is \($0)" } ?? "is gone"
            stale.append(
                "\(name)\(place), stored by \(value.path), is built from \(source.name) \(source.stamp), "
                    + "which \(found)")
        }
    }
}
