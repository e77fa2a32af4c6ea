import TestSupport
import Testing

/// Services in several languages share one Redis. Each keeps pages that it builds from a price, each may set
/// the price, and none of them removes anything.
@Suite("Services in several languages")
struct SharedCacheTests {
    private static let shops = [
        "python/shop.py", "python/django_shop.py", "ruby/shop.rb", "php/shop.php", "perl/shop.pl",
        "redis-cli/shop.sh",
    ].map { ClientProgram($0) }

    @Test("read no page that another has made stale", arguments: ConnectionMode.allCases)
    func prices(_ mode: ConnectionMode) throws {
        try ClientServers.shared.withStage(mode) { stage in
            for (price, writer) in Self.shops.enumerated() {
                try expect(writer, ["price", "42", "\(price)"], "priced\n", stage)
                // Three readers of six, so that each is made stale by different writers.
                for step in [1, 3, 4] {
                    let number = (price + step) % Self.shops.count
                    let fresh = "miss\ncosts \(price)\nhit\ncosts \(price)\n"
                    try expect(Self.shops[number], ["read", "language\(number)", "42"], fresh, stage)
                }
            }
        }
    }

    @Test("do read stale pages with Redis alone")
    func withoutFreshet() throws {
        try ClientServers.shared.withRedis { redis in
            let (php, ruby) = (ClientProgram("php/shop.php"), ClientProgram("ruby/shop.rb"))
            _ = try php.run(port: redis.port, ["price", "42", "1"])
            _ = try ruby.run(port: redis.port, ["read", "en", "42"])
            _ = try php.run(port: redis.port, ["price", "42", "2"])
            let (exit, found) = try ruby.run(port: redis.port, ["read", "en", "42"])
            #expect(exit == .code(0))
            #expect(found == "hit\ncosts 1\nhit\ncosts 1\n")
        }
    }

    private func expect(
        _ shop: ClientProgram, _ arguments: [String], _ expected: String, _ stage: ClientStage
    ) throws {
        let (exit, found) = try shop.run(port: stage.proxy.port, arguments)
        try #require(
            exit == .code(0) && found == expected,
            "\(shop.path) \(arguments): expected \(expected), found \(found); freshet: \(stage.proxy.log)")
    }
}
