import TestSupport
import Testing

@Suite("Odd, wrong and hostile bytes")
struct WireTests {
    @Test("get the same replies as from Redis", arguments: CandidateKind.allCases, WireTable.rows)
    func sameReplies(kind: CandidateKind, row: WireRow) throws {
        try PairPool.shared.withPair(kind) { pair in
            let expected = try Conversation.replies(
                to: row.bytes, ending: row.ending, from: pair.referenceEndpoint)
            let found = try Conversation.replies(
                to: row.bytes, ending: row.ending, from: pair.candidateEndpoint)
            expectEqual(found, expected, masks: row.masks, "\(row)")
        }
    }

    @Test(
        "get the same replies wherever the bytes are split", arguments: CandidateKind.allCases, WireTable.rows
    )
    func sameRepliesSplit(kind: CandidateKind, row: WireRow) throws {
        try PairPool.shared.withPair(kind) { pair in
            let expected = try Conversation.replies(
                to: row.bytes, ending: row.ending, from: pair.referenceEndpoint)
            for offset in Self.offsets(of: row) {
                try pair.reset()
                let found = try Conversation.replies(
                    to: row.bytes, cuts: [offset], ending: row.ending, from: pair.candidateEndpoint)
                guard expectEqual(found, expected, masks: row.masks, "\(row), split at \(offset)") else {
                    return
                }
            }
        }
    }

    @Test(
        "get the same replies when every byte travels alone", arguments: CandidateKind.allCases,
        WireTable.rows)
    func sameRepliesByteByByte(kind: CandidateKind, row: WireRow) throws {
        guard row.bytes.count < 256 else { return }
        try PairPool.shared.withPair(kind) { pair in
            let expected = try Conversation.replies(
                to: row.bytes, ending: row.ending, from: pair.referenceEndpoint)
            let found = try Conversation.replies(
                to: row.bytes, cuts: Array(1..<max(2, row.bytes.count)), ending: row.ending,
                from: pair.candidateEndpoint)
            expectEqual(found, expected, masks: row.masks, "\(row), byte by byte")
        }
    }

    @Test("differ only where the table of divergences says so", arguments: Divergence.all)
    func divergences(_ divergence: Divergence) throws {
        try PairPool.shared.withPair(.tcp) { pair in
            let redis = try Conversation.replies(
                to: divergence.bytes, ending: .halfClose, from: pair.referenceEndpoint)
            #expect(redis == Array(divergence.redis.utf8), "\(divergence)")
            guard !CandidateKind.isRedisItself else { return }
            let freshet = try Conversation.replies(
                to: divergence.bytes, ending: .serverCloses, from: pair.candidateEndpoint)
            #expect(freshet == Array(divergence.freshet.utf8), "\(divergence)")
        }
    }

    /// Every offset of a short row; of a long one those around its ends and around the 64 KiB limit.
    private static func offsets(of row: WireRow) -> [Int] {
        let count = row.bytes.count
        if count <= 256 { return Array(1..<max(2, count)) }
        return (Array(1...8) + Array(65_530...65_545) + Array(count - 8..<count)).filter { $0 < count }
    }
}

/// Expects equal bytes behind the masks; false when they differ.
@discardableResult
func expectEqual(
    _ found: [UInt8], _ expected: [UInt8], masks: [Mask] = [], _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) -> Bool {
    let found = masks.applied(to: found)
    let expected = masks.applied(to: expected)
    if found == expected { return true }
    let difference = zip(found, expected).prefix { $0 == $1 }.count
    let start = max(0, difference - 60)
    Issue.record(
        """
        \(what): the replies differ at byte \(difference)
        Redis: \(describe(Array(expected[start...])))
        candidate: \(describe(Array(found[start...])))
        """,
        sourceLocation: sourceLocation)
    return false
}
