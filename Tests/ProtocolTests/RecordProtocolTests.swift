import Testing

/// The order of commands around a write that is recorded, in all orders with what others do meanwhile.
///
/// `WriteMutation` sends what the programs here say; `RecordOrderTests` see in Redis that it does.
@Suite("The protocol of records")
struct RecordProtocolTests {
    /// A client that stores the whole value in a transaction that watches the source.
    static let whole: [Step] = [
        .read, .recordBefore, .storeIfUnchanged, .recordAfter, .takeBack, .removeIfMissed,
    ]
    /// The same with HSET, APPEND, LPUSH.
    static let part: [Step] = [
        .read, .recordBefore, .look, .changePartIfUnchanged, .recordAfter, .takeBack, .removeIfMissed,
    ]
    /// `SET key value`: it replaces whatever is there, or is refused.
    static let fresh: [Step] = [.recordBefore, .storeFresh, .recordAfter, .takeBack, .removeIfMissed]
    /// A write of the source, and the cascade behind it.
    static let change: [Step] = [.change, .seize]
    /// The same with a set that is too large to be emptied at once.
    static let changeOfMany: [Step] = [.change, .rename, .drain]
    /// The same with a look through all names, should the index be suspect.
    static let changeAndScan: [Step] = [.change, .seize, .scan]
    static let rebuild: [Step] = [.suspect, .reconcile, .trust]

    static let mixtures: [[[Step]]] = [
        [whole, whole, whole, change, change],
        [whole, part, fresh, change, [.seize]],
        [part, part, change, [.seize], [.sweep], [.expire]],
        [whole, fresh, change, changeOfMany, [.sweep]],
        [whole, whole, change, [.seize], [.sweep], [.sweep]],
        [fresh, fresh, whole, change, [.expire]],
        [whole, part, changeAndScan, [.seize, .scan], rebuild],
        [fresh, whole, changeAndScan, changeAndScan, rebuild],
    ]

    @Test("leaves no stale value, in whatever order things happen", arguments: mixtures.indices)
    func sound(_ number: Int) {
        for beginsWithPage in [false, true] {
            let outcome = Self.explore(Self.mixtures[number], beginsWithPage)
            #expect(outcome.ends > 0)
            #expect(outcome.unsound.isEmpty, "\(outcome.states): \(outcome.unsound.first as Any)")
        }
    }

    /// Orders that were used before, and what of the one in use must not be left out.
    static let wrong: [(name: String, programs: [[Step]])] = [
        ("the record after the value", [[.read, .storeIfUnchanged, .recordAfter], change]),
        ("the record before the value", [[.read, .recordBefore, .storeIfUnchanged], change, [.seize]]),
        (
            "both, and nothing done about a record that was missing",
            [without(.removeIfMissed, whole), change, [.seize]]
        ),
        ("no look before a part changes", [whole, without(.look, part), change, [.seize]]),
        (
            "nothing done about a write that was refused",
            [whole, without(.takeBack, fresh), change, [.seize]]
        ),
    ]

    @Test("needs each of its steps: without one, a stale value is found", arguments: wrong.indices)
    func unsound(_ number: Int) {
        let outcome = Self.explore(Self.wrong[number].programs)
        #expect(!outcome.unsound.isEmpty, "\(Self.wrong[number].name) must be found wrong")
    }

    private static func without(_ step: Step, _ program: [Step]) -> [Step] { program.filter { $0 != step } }

    private static func explore(
        _ programs: [[Step]], _ beginsWithPage: Bool = false
    ) -> Explorer<Interplay>.Outcome {
        Explorer(model: Interplay(programs: programs, beginsWithPage: beginsWithPage)).explore()
    }
}
