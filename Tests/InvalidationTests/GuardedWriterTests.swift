import Synchronization
import TestSupport
import Testing

/// Applications that store a page only if its source has not changed since they read it.
@Suite("Guarded writers")
struct GuardedWriterTests {
    /// How a page is stored.
    enum Store: String, Sendable, CaseIterable { case transaction, large, script, function }

    struct Setup: Sendable, CustomTestStringConvertible {
        let name: String
        var configuration = ""
        var greeting: [String] = []
        var stores = Store.allCases
        var testDescription: String { name }
    }

    private static let handshake = [
        "HELLO 3", "CLIENT SETINFO LIB-NAME redis-py", "CLIENT SETINFO LIB-VER 8.0.0",
        "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip",
    ]
    static let setups = [
        Setup(name: "own user"),
        Setup(name: "own user, dedicated", configuration: "connections dedicated"),
        Setup(name: "RESP3, two workers", configuration: "workers 2", greeting: ["HELLO 3"]),
        Setup(name: "another user", greeting: ["AUTH app pw"]),
        Setup(name: "another user, two workers", configuration: "workers 2", greeting: ["AUTH app pw"]),
        Setup(name: "redis-py 8", greeting: handshake),
    ]
    private static let keys = 150

    @Test("never leave a page that is older than its source", arguments: setups)
    func noStalePage(_ setup: Setup) throws {
        let conventions = "depend page:{v}:{id} on s:{id}\n" + setup.configuration
        let stage = try Stage(conventions)
        _ = try stage.redis("ACL SETUSER app on >pw ~* &* +@all")
        _ = try stage.redis.command("FUNCTION", "LOAD", Self.library)
        for store in setup.stores {
            _ = try stage.redis("FLUSHALL")
            try stage.waitForTrustedIndex()
            try Self.storm(stage, setup, store)
            #expect(try Self.stale(stage) == [], "\(store)")
        }
    }

    private static let script =
        "if redis.call('GET',KEYS[1]) == ARGV[1] then return redis.call('SET',KEYS[2],ARGV[1]) end"
    private static let library = """
        #!lua name=guard
        redis.register_function('guard', function(KEYS, ARGV) \(script) end)
        """

    /// Stores pages of one source after the other, while somebody else changes the very same source.
    private static func storm(_ stage: Stage, _ setup: Setup, _ store: Store) throws {
        let current = Atomic(0)
        let endpoint = stage.proxy.unix
        let threads = Threads()
        threads.start {
            defer { current.store(keys, ordering: .sequentiallyConsistent) }
            let client = try RawClient(endpoint)
            for line in setup.greeting { try client.run(line) }
            for key in 0..<keys {
                current.store(key, ordering: .sequentiallyConsistent)
                for version in ["a", "b"] { try put("page:\(version):\(key)", "s:\(key)", store, client) }
            }
        }
        threads.start {
            let client = try RawClient(endpoint)
            for line in setup.greeting { try client.run(line) }
            while true {
                let key = current.load(ordering: .sequentiallyConsistent)
                if key == keys { return }
                try client.run("INCR s:\(key)")
            }
        }
        try threads.join()
    }

    private static func put(_ page: String, _ source: String, _ store: Store, _ client: RawClient) throws {
        if store == .transaction || store == .large { try client.run("WATCH \(source)") }
        let value = try client.run("GET \(source)").text ?? "0"
        switch store {
        case .script: _ = try client.command("EVAL", script, "2", source, page, value)
        case .function: _ = try client.command("FCALL", "guard", "2", source, page, value)
        case .transaction, .large:
            try client.run("MULTI")
            let filler = store == .large ? String(repeating: " ", count: 80_000) : ""
            _ = try client.command("SET", page, value + filler)
            try client.run("EXEC")
        }
    }

    private static func stale(_ stage: Stage) throws -> [String] {
        var stale: [String] = []
        for key in 0..<keys {
            for page in ["page:a:\(key)", "page:b:\(key)"] {
                guard let value = try stage.redis("GET \(page)").text else { continue }
                let source = try stage.redis("GET s:\(key)").text ?? "0"
                let version = value.prefix { $0 != " " }
                if version != source { stale.append("\(page) is of \(version), its source is \(source)") }
            }
        }
        return stale
    }
}
