import TestSupport

/// One connection, and the ways in which it can write.
///
/// Guarded paths (WATCH, scripts) store a value only if its sources have not changed; all others need the
/// group's lock when a value has sources.
final class FreshClient {
    /// The connection, or a reply, was lost: nobody knows what happened.
    struct Lost: Error {}

    private let stage: FreshStage
    private let number: Int
    private var connection: RawClient?
    /// Longer than `stream-threshold`: such a write flows through a link of its own.
    private static let large = 70_000

    init(_ number: Int, _ stage: FreshStage) {
        self.number = number
        self.stage = stage
    }

    // MARK: Connecting

    /// Every kind of connection that applications have: RESP2, RESP3, a library's handshake, another user.
    private func connected() throws -> RawClient {
        if let connection { return connection }
        let fresh = try RawClient(stage.endpoint(of: number), limitMilliseconds: 60_000)
        switch number % 4 {
        case 1: try greet(fresh, [["AUTH", FreshSetup.user, FreshSetup.password]])
        case 2: try greet(fresh, [["HELLO", "3", "AUTH", FreshSetup.user, FreshSetup.password]])
        case 3:
            // What redis-py sends by itself; what the server does not know is no obstacle to it.
            try greet(
                fresh,
                [
                    ["HELLO", "3"], ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "none"],
                    ["CLIENT", "SETINFO", "LIB-NAME", "redis-py"], ["CLIENT", "SETINFO", "LIB-VER", "8.0.0"],
                ])
        default: break
        }
        connection = fresh
        return fresh
    }

    private func greet(_ client: RawClient, _ commands: [[String]]) throws {
        try client.send(commands.flatMap { RequestEncoding.command($0) })
        _ = try client.readFrames(commands.count)
    }

    /// Sends the commands in one piece and waits for all replies.
    @discardableResult
    func send(_ commands: [[String]]) throws -> [Reply] {
        do {
            let client = try connected()
            try client.send(commands.flatMap { RequestEncoding.command($0) })
            return try client.readFrames(commands.count).map(\.reply)
        } catch {
            connection = nil
            throw Lost()
        }
    }

    /// Sends the commands and vanishes.
    func sendAndVanish(_ commands: [[String]]) throws {
        let client = try connected()
        connection = nil
        try client.send(commands.flatMap { RequestEncoding.command($0) })
    }

    // MARK: Reading

    static func reading(_ name: String, _ type: FreshPlan.ValueType) -> [String] {
        switch type {
        case .string: ["GET", name]
        case .hash: ["HGET", name, "v"]
        case .list: ["LINDEX", name, "-1"]
        }
    }

    // MARK: Writing without a guard

    enum Plain: String, CaseIterable {
        case set, setex, getset, mset, multi, pipeline, streamed, blocking, conditional
    }

    /// Commands that store `value` on a path that no WATCH guards.
    func plain(
        _ path: Plain, _ key: String, _ type: FreshPlan.ValueType, _ value: FreshValue
    ) -> [[String]] {
        let padding = path == .streamed ? Self.large : 0
        let text = value.text(padding: padding)
        switch type {
        case .hash: return wrapped(path, ["HSET", key, "v", text])
        case .list:
            guard path == .blocking else { return wrapped(path, ["RPUSH", key, text]) }
            return [["RPUSH", "queue:" + key, text], ["BLMOVE", "queue:" + key, key, "LEFT", "RIGHT", "1"]]
        case .string: break
        }
        switch path {
        case .setex: return [["SETEX", key, "1000", text]]
        case .getset: return [["GETSET", key, text]]
        case .mset: return [["MSET", key, text, "other:" + key, "x"]]
        case .conditional: return [["SET", key, text, "NX"], ["SET", key, text, "XX"]]
        default: return wrapped(path, ["SET", key, text])
        }
    }

    private func wrapped(_ path: Plain, _ command: [String]) -> [[String]] {
        switch path {
        case .multi: [["MULTI"], command, ["EXEC"]]
        case .pipeline: [["GET", "other"], command, ["GET", "other"]]
        default: [command]
        }
    }

    // MARK: Writing under a guard

    /// Stores a value built from `sources` if those are what they were; false where one is missing.
    ///
    /// - Parameters:
    ///   - way: 0 WATCH and EXEC, 1 EVAL, 2 FCALL, 3 EXEC of a client that does not wait for it.
    func storeGuarded(
        _ key: String, _ type: FreshPlan.ValueType, _ sources: [(name: String, type: FreshPlan.ValueType)],
        way: Int, isLarge: Bool, declaresSources: Bool
    ) throws -> Bool {
        let isWatched = way == 0 || way == 3
        let watch = isWatched ? [["WATCH"] + sources.map(\.name)] : []
        let replies = try send(watch + sources.map { Self.reading($0.name, $0.type) })
        let stamps = replies.dropFirst(watch.count).compactMap { FreshValue($0.text)?.stamp }
        guard stamps.count == sources.count else {
            if isWatched { try send([["UNWATCH"]]) }
            return false
        }
        let built = zip(sources, stamps).map { (name: $0.name, stamp: $1) }
        let value = FreshValue(
            stamp: stage.nextStamp(), path: ["watch", "eval", "fcall", "vanished"][way], sources: built)
        let text = value.text(padding: isLarge ? Self.large : 0)
        if isWatched {
            let store = type == .hash ? ["HSET", key, "v", text] : ["SET", key, text]
            let commands = [["MULTI"], store, ["EXEC"]]
            if way == 3 { try sendAndVanish(commands) } else { try send(commands) }
            return true
        }
        let expected = zip(sources, stamps).map { (name: $0.name, type: $0.type, stamp: $1) }
        let keys = [key] + (declaresSources ? sources.map(\.name) : [])
        let call = way == 1 ? ["EVAL", StoreScript.source] : ["FCALL", "fresh_store"]
        try send([
            call + ["\(keys.count)"] + keys + StoreScript.arguments(expected, key: key, type, text)
        ])
        return true
    }
}
