import Synchronization
import TestSupport

/// An operator who invalidates by every verb, and fills a second Redis where there is one.
final class FreshOperator {
    private let stage: FreshStage
    private var seed: Seed
    private var admin: RawClient?

    init(_ stage: FreshStage, seed: Seed) {
        self.stage = stage
        self.seed = seed
    }

    func run() {
        stage.work(until: .building) {
            do {
                if Int.random(in: 0..<3, using: &seed) == 0 { try work() }
                try copyGroup()
                try disturb()
            } catch {
                admin = nil
            }
            pause(milliseconds: Int.random(in: 5...100, using: &seed))
        }
    }

    private func work() throws {
        let client = try admin ?? RawClient(stage.proxy.admin, limitMilliseconds: 60_000)
        admin = client
        try client.send(RequestEncoding.command(["FRESHET"] + request()))
        let reply = try client.readFrame().reply
        guard !reply.isError else { throw SupportError("\(reply)") }
        stage.works.add(1, ordering: .relaxed)
    }

    /// A verb with its options.
    private func request() -> [String] {
        let plan = stage.setup.plan
        let group = Int.random(in: 0..<FreshPlan.groups, using: &seed)
        let (key, node) = plan.keys(in: group).randomElement(using: &seed) ?? ("n0:0", plan.nodes[0])
        let tag = plan.tags.randomElement(using: &seed) ?? "all"
        let ways = [[], ["ASYNC"], ["SOFTLY", "300ms"], ["OVER", "300ms"], ["ASYNC", "OVER", "200ms"]]
        let options = ways.randomElement(using: &seed) ?? []
        switch Int.random(in: 0..<9, using: &seed) {
        case 0, 1: return ["INVALIDATE", "TAG", tag] + options
        case 2: return ["INVALIDATE", "TAG", "\(tag)-of/\(group)"] + options
        case 3: return ["INVALIDATE", "KEY", key] + options
        case 4: return ["INVALIDATE", "RELATED", key] + options
        case 5: return ["INVALIDATE", "PATTERN", "n\(node.number):**"] + options
        case 6: return ["INVALIDATE", "EXPR", "tag:\(tag) & tag:\(tag)-of"] + options
        case 7: return ["INVALIDATE", "RELATED", key, "WITHSELF"] + options
        default:
            guard let schedule = plan.schedules.randomElement(using: &seed) else { return ["HELP"] }
            return ["SCHEDULE", "RUN", schedule]
        }
    }

    /// Copies a group to the second Redis as it stands, while nobody writes it.
    private func copyGroup() throws {
        guard let fallback = stage.fallback, stage.setup.hasLocks else { return }
        let group = Int.random(in: 0..<FreshPlan.groups / 2, using: &seed) * 2 + 1
        guard stage.locks.take(group) else { return }
        defer { stage.locks.release(group) }
        let keys = stage.setup.plan.keys(in: group).map(\.name)
        let source = try HiredisClient(stage.redis.unix)
        let target = try HiredisClient(fallback.unix)
        for name in ["MULTI"] { _ = try source.command(name) }
        for key in keys { _ = try source.command("DUMP", key) }
        let values = try source.command("EXEC").elements ?? []
        _ = try target.command("MULTI")
        for (key, value) in zip(keys, values) {
            guard let bytes = value.bytes else { continue }
            let words = ["RESTORE", key, "0"].map { Array($0.utf8) } + [bytes, Array("REPLACE".utf8)]
            _ = try target.command(words)
        }
        _ = try target.command("EXEC")
    }

    /// Cuts every link, now and then.
    private func disturb() throws {
        guard stage.setup.isDisturbed, Int.random(in: 0..<8, using: &seed) == 0 else { return }
        try stage.redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    }
}
