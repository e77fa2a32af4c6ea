#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Checks that a log is what was written: every line's hash, and that each follows the one before it.
public enum AuditVerifier {
    /// Where the chain first breaks.
    public struct Divergence: Sendable, Equatable {
        public var file: String
        /// From 1.
        public var line: Int
        public var reason: String
    }

    public enum Verdict: Sendable, Equatable {
        /// Every record follows from the one before; `first` is above 1 when older files were removed.
        case intact(records: Int, first: UInt64, head: ChainLink)
        case diverged(Divergence)
        case unreadable(String)

        /// What `freshet audit verify` exits with: 0 intact, 2 tampered with, 1 not readable.
        public var exitCode: Int32 {
            switch self {
            case .intact: 0
            case .diverged: 2
            case .unreadable: 1
            }
        }
    }

    /// Verifies a live file with its rotated ones, a rotated file alone, or every log in a directory.
    ///
    /// A chain alone cannot show that its end was cut off: `head`, noted elsewhere, must be found in it when
    /// given.
    public static func verify(_ path: String, head: ChainLink? = nil) -> Verdict {
        let logs = AuditPaths.files(path)
        guard !logs.isEmpty else { return .unreadable("no audit file in '\(path)'") }
        var total: Verdict?
        for files in logs {
            var chain = ChainVerification(head: head)
            let verdict = chain.verify(files)
            guard case .intact(let count, let first, let last) = verdict else { return verdict }
            if case .intact(let sum, let earliest, _) = total {
                total = .intact(records: sum + count, first: min(first, earliest), head: last)
            } else {
                total = verdict
            }
        }
        return total ?? .unreadable("no audit file in '\(path)'")
    }
}

/// One walk along one log's files.
struct ChainVerification {
    private let head: ChainLink?
    private var link: ChainLink?
    private var first: UInt64 = 0
    private var records = 0
    private var sawHead = false

    init(head: ChainLink?) { self.head = head }

    mutating func verify(_ files: [String]) -> AuditVerifier.Verdict {
        for file in files {
            guard let reader = SegmentReader(path: file) else {
                return .unreadable(AuditError("open", file).description)
            }
            if let problem = verify(reader, file) { return problem }
        }
        let last = link ?? .genesis
        if let head, !sawHead {
            let reason =
                "the log ends at record \(last.sequence), but record \(head.sequence) with the hash "
                + "\(head.hash) was written: its end was cut off or replaced"
            return .diverged(.init(file: files.last ?? "", line: records + 1, reason: reason))
        }
        return .intact(records: records, first: first, head: last)
    }

    private mutating func verify(_ reader: SegmentReader, _ file: String) -> AuditVerifier.Verdict? {
        var number = 0
        while let line = reader.next() {
            number += 1
            if let reason = advance(line, isFirst: number == 1) {
                return .diverged(.init(file: file, line: number, reason: reason))
            }
        }
        if reader.failed { return .unreadable(AuditError("read", file).description) }
        if reader.tornBytes > 0 {
            return .diverged(.init(file: file, line: number + 1, reason: "the last line has no end"))
        }
        return nil
    }

    /// Takes one line in; says what is wrong with it.
    private mutating func advance(_ bytes: [UInt8], isFirst: Bool) -> String? {
        guard let line = AuditLine(bytes), let json = JSONParser.parse(bytes),
            let sequence = json["seq"]?.integer,
            let previous = json["prev"]?.text
        else { return "not a record: expected a JSON object that ends in \"hash\"" }
        if isFirst, json["kind"]?.text != "segment" {
            return "a file must begin with a segment record: its beginning was cut off"
        }
        let expected = link ?? ChainLink(sequence: UInt64(max(1, sequence)) - 1, hash: previous)
        guard previous == expected.hash, UInt64(exactly: sequence) == expected.sequence + 1 else {
            return "record \(sequence) does not follow record \(expected.sequence): "
                + "one was removed, moved or added here"
        }
        guard let next = line.link(after: previous) else {
            return "record \(sequence) was changed: its hash is not that of its content"
        }
        if link == nil { first = next.sequence }
        records += 1
        if next == head { sawHead = true }
        link = next
        return nil
    }
}
