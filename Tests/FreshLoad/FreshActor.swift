import Synchronization
import TestSupport

/// A client of the storm: writes roots, and builds whatever is missing from what it is built from.
final class FreshActor {
    private let stage: FreshStage
    private let client: FreshClient
    private var seed: Seed

    init(_ number: Int, _ stage: FreshStage, seed: Seed) {
        self.stage = stage
        self.seed = seed
        client = FreshClient(number, stage)
    }

    func run() { stage.work(until: .paused) { actOnce() } }

    private func actOnce() {
        let first = stage.firstHot.load(ordering: .relaxed)
        let group = (first + Int.random(in: 0..<FreshPlan.hotGroups, using: &seed)) % FreshPlan.groups
        let isLocked = stage.setup.hasLocks && group % 2 == 1
        if isLocked, !stage.locks.take(group) { return pause(milliseconds: 1) }
        do {
            try act(on: group, isLocked: isLocked)
        } catch {
            pause(milliseconds: 5)
            // Nobody knows what happened to the last request: its group stays taken.
            return
        }
        if isLocked { stage.locks.release(group) }
    }

    private func act(on group: Int, isLocked: Bool) throws {
        // Mostly what is missing, as a cache does; now and then what is there, as one that refreshes does.
        let mayRewrite = stage.phase == .storm
        if mayRewrite, Int.random(in: 0..<4, using: &seed) == 0 { return try writeRoot(group) }
        let keys = stage.setup.plan.keys(in: group)
        guard let (name, node) = keys.randomElement(using: &seed) else { return }
        let refreshes = mayRewrite && Int.random(in: 0..<6, using: &seed) == 0
        if !refreshes, try client.send([["EXISTS", name]]) != [.integer(0)] { return }
        if node.sources.isEmpty { return try write(name, node) }
        stage.builds.add(1, ordering: .relaxed)
        let sources = stage.setup.plan.sources(of: node, in: group)
        if isLocked, Bool.random(using: &seed) { return try buildUnguarded(name, node, sources) }
        let way = Int.random(in: 0..<(isLocked ? 3 : 4), using: &seed)
        _ = try client.storeGuarded(
            name, node.type, sources, way: way, isLarge: Int.random(in: 0..<20, using: &seed) == 0,
            declaresSources: mayRewrite && Int.random(in: 0..<12, using: &seed) == 0)
    }

    private func writeRoot(_ group: Int) throws {
        guard let root = stage.setup.plan.roots.randomElement(using: &seed) else { return }
        let name = root.names(in: group)[0]
        if Int.random(in: 0..<8, using: &seed) == 0 {
            let command = ["DEL", "UNLINK", "GETDEL"].randomElement(using: &seed) ?? "DEL"
            // GETDEL of a list is an error, and changes nothing.
            try client.send([[command, name]])
        } else {
            try write(name, root)
        }
    }

    private func write(_ name: String, _ node: FreshPlan.Node) throws {
        stage.writes.add(1, ordering: .relaxed)
        let value = FreshValue(stamp: stage.nextStamp(), path: "root")
        switch Int.random(in: 0..<8, using: &seed) {
        case 0, 1:
            let call = Bool.random(using: &seed) ? ["EVAL", StoreScript.source] : ["FCALL", "fresh_store"]
            let arguments = StoreScript.arguments([], key: name, node.type, value.text())
            try client.send([call + ["1", name] + arguments])
        default:
            let path = FreshClient.Plain.allCases.randomElement(using: &seed) ?? .set
            try client.send(client.plain(path, name, node.type, value))
        }
    }

    /// Reads and stores with nothing but the lock between them and other writers.
    private func buildUnguarded(
        _ name: String, _ node: FreshPlan.Node, _ sources: [(name: String, type: FreshPlan.ValueType)]
    ) throws {
        let replies = try client.send(sources.map { FreshClient.reading($0.name, $0.type) })
        let stamps = replies.compactMap { FreshValue($0.text)?.stamp }
        guard stamps.count == sources.count else { return }
        let built = zip(sources, stamps).map { (name: $0.name, stamp: $1) }
        let value = FreshValue(stamp: stage.nextStamp(), path: "unguarded", sources: built)
        let path = FreshClient.Plain.allCases.randomElement(using: &seed) ?? .set
        try client.send(client.plain(path, name, node.type, value))
    }
}
