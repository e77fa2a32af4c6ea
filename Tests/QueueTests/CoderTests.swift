import Audit
import Bytes
import Hiredis
import Naming
import Store
import Testing

@testable import Invalidation

/// Work as bytes: what is read is what was written, and damage is noticed or harmless.
@Suite("Work as bytes")
struct CoderTests {
    private static var samples: [Work] {
        var frontier = Sample.frontier(["page:1", "page:2"])
        frontier.takes = [
            Frontier.Take(
                indexKey: "freshet:tag:a", kind: .members, depth: 2, parent: "user:1", origin: Sample.origin,
                cursor: "17"),
            Frontier.Take(indexKey: "freshet:sub:a", kind: .children, depth: 2, parent: "", origin: nil),
            Frontier.Take(indexKey: "freshet:dep:a", kind: .dependents, depth: 0, parent: "", origin: nil),
        ]
        frontier.roots = [Frontier.Root(key: ByteString([0, 255, 10]), depth: 9)]
        frontier.lineage = [Firing.Ancestor(rule: "r", trigger: "t")]
        var rich = Work(
            .finish(frontier), Sample.cause(), parent: ULID(high: 1, low: .max), side: .fallback,
            manner: .soften(withinMilliseconds: 30_000), rule: "price-drop")
        rich.delayMilliseconds = 5
        rich.debounceMilliseconds = 6
        rich.spreadMilliseconds = 7
        rich.mergeKey = "merge"
        rich.attempts = 2
        rich.refusals = 3
        rich.error = "ERR x"
        rich.accepted = 1_700_000_000_000
        rich.due = 1_700_000_000_500
        rich.waitMilliseconds = 500
        rich.isBig = true
        rich.reached = 11
        rich.deepest = 4
        rich.joined = 2
        rich.isReleased = true
        rich.number = 42
        return [
            rich, Work(.scan(["b", "a"]), Sample.cause(.admin), parent: nil, manner: .look),
            Work(.everything, Sample.cause(.engine), parent: nil),
        ]
    }

    @Test("every part of a piece of work survives its row", arguments: 0..<3)
    func roundTrip(_ index: Int) throws {
        let work = Self.samples[index]
        let again = try Work(WorkQueue.Item.row(work), .empty)
        #expect(Self.text(again) == Self.text(work))
        #expect(again.number == work.number)
    }

    @Test("a row is in the state that its work is in")
    func states() throws {
        for (state, expected) in [
            (Work.State.paused, StoredItem.State.paused), (.held, .held), (.dead, .dead),
            (.pending, .pending),
        ] {
            var work = Sample.work("a")
            work.state = state
            #expect(WorkQueue.Item.row(work).state == expected)
            #expect(try Work(WorkQueue.Item.row(work), .empty).state == state)
        }
        var retrying = Sample.work("a")
        retrying.refusals = 1
        #expect(WorkQueue.Item.row(retrying).state == .retrying)
    }

    @Test("bytes that end too early are refused")
    func truncated() {
        for work in Self.samples {
            let bytes = WorkCoder.encode(work).bytes
            for length in 0..<bytes.count {
                #expect(throws: ByteReader.Damage.self) {
                    try WorkCoder.decode(ByteString(Array(bytes[..<length])), .empty)
                }
            }
            #expect(throws: ByteReader.Damage.self) {
                try WorkCoder.decode(ByteString(bytes + [0]), .empty)
            }
        }
    }

    @Test("bytes of a later version are refused")
    func laterVersion() {
        var bytes = WorkCoder.encode(Self.samples[0]).bytes
        bytes[0] = 2
        #expect(throws: ByteReader.Damage.self) { try WorkCoder.decode(ByteString(bytes), .empty) }
    }

    @Test("damaged bytes are refused or mean some work, and never end the process")
    func damaged() {
        var random = SystemRandomNumberGenerator()
        var refused = 0
        for work in Self.samples {
            let bytes = WorkCoder.encode(work).bytes
            for _ in 0..<4000 {
                var mutant = bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    mutant[Int.random(in: mutant.indices, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                if (try? WorkCoder.decode(ByteString(mutant), .empty)) == nil { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    @Test("fault 202: numbers of a row that no queue ever counts to are damage", arguments: [-1, Int64.max])
    func absurdNumbers(_ number: Int64) throws {
        let row = StoredItem(
            number: number, state: .pending, due: .max, mergeKey: "", rule: "",
            content: WorkCoder.encode(Self.samples[0]))
        #expect(throws: ByteReader.Damage.self) { try Work(row, .empty) }
        var softly = Self.samples[0]
        softly.manner = .soften(withinMilliseconds: .max)
        #expect(throws: ByteReader.Damage.self) { try WorkCoder.decode(WorkCoder.encode(softly), .empty) }
    }

    @Test(
        "fault 202: a count that Redis tells is taken for no more than it can be",
        arguments: [(Int.min, 0), (-1, 0), (0, 0), (3, 3), (.max, 5)])
    func counts(_ told: Int, _ taken: Int) {
        #expect(ReplyValue.integer(told).count(atMost: 5) == taken)
        #expect(ReplyValue.null.count(atMost: 5) == nil)
    }

    @Test("the brakes survive their row, and one that cannot be read stays on")
    func brakes() {
        let brakes = Brakes(everythingSince: 17, rulesSince: ["a": 3, "b": 4])
        #expect(BrakesCoder.decode(BrakesCoder.encode(brakes)) == brakes)
        #expect(BrakesCoder.decode(BrakesCoder.encode(Brakes())) == Brakes())
        #expect(BrakesCoder.decode("damaged").isPaused)
    }

    /// Everything that is stored, as text.
    private static func text(_ work: Work) -> String {
        var work = work
        work.onAccepted = []
        if case .finish(let frontier) = work.task {
            let origins = frontier.steps.map { $0.origin?.text } + frontier.takes.map { $0.origin?.place }
            return "\(frontier.names("")) \(origins) \(frontier.takes.map(\.cursor)) \(frontier.lineage) "
                + "\(frontier.steps.map(\.depth)) \(frontier.roots) \(frontier.takes.map(\.kind)) "
                + describe(work)
        }
        if case .scan(let sets) = work.task { return "\(sets.sorted()) \(describe(work))" }
        return "\(work.task) \(describe(work))"
    }

    private static func describe(_ work: Work) -> String {
        "\(work.cause) \(String(describing: work.parent)) \(work.side) \(work.manner) \(work.rule ?? "-") "
            + "\(work.delayMilliseconds) \(work.debounceMilliseconds) \(work.spreadMilliseconds) "
            + "\(work.mergeKey) \(work.attempts) \(work.refusals) \(work.error ?? "-") \(work.accepted) "
            + "\(work.due) \(work.waitMilliseconds) \(work.isBig) \(work.reached) \(work.deepest) "
            + "\(work.joined) \(work.isReleased) \(work.state)"
    }
}
