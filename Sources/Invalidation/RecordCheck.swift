import Bytes
import Hiredis
import Naming
import Relay

/// Compares keys with the index: which of the records that their names imply are not there?
///
/// What Redis reads it reads in one step. A record of a key that is about to be drained, or that expires soon
/// because it was softened, is not missed: it was taken.
struct RecordCheck {
    /// A record that should be there and is not, though its key is.
    struct Missing: Hashable {
        var key: ByteString
        var record: Record
    }

    /// What was found.
    struct Finding {
        /// Records that the names imply.
        var expected = 0
        var added = 0
        var missing: [Missing] = []
    }

    /// Records in one call of the script: less than a millisecond of Redis's time.
    private static let batch = 200

    let side: EngineSide
    let database: Int
    /// Whether what is missing is added.
    let adds: Bool

    private typealias Owing = (key: ByteString, records: [Record])

    /// Looks at the records that the names of `keys` imply.
    func look(at keys: [ByteString], _ done: @escaping (Result<Finding, CandidateFailure>) -> Void) {
        let conventions = side.engine.conventions
        var owing: [Owing] = []
        for key in keys where !Conventions.isReserved(key.span) && conventions.concerns(key.span) {
            let records = conventions.facts(of: key.span).records
            if !records.isEmpty { owing.append((key, records)) }
        }
        look(at: owing, done)
    }

    /// Looks at records again.
    func look(at missing: [Missing], _ done: @escaping (Result<Finding, CandidateFailure>) -> Void) {
        look(at: missing.map { ($0.key, [$0.record]) }, done)
    }

    private func look(at owing: [Owing], _ done: @escaping (Result<Finding, CandidateFailure>) -> Void) {
        var finding = Finding()
        var failure: CandidateFailure?
        let calls = calls(for: owing)
        guard !calls.isEmpty else { return done(.success(finding)) }
        var left = calls.count
        for call in calls {
            finding.expected += call.reduce(0) { $0 + $1.records.count }
            ask(call) { result in
                switch result {
                case .success(let part):
                    finding.added += part.added
                    finding.missing += part.missing
                case .failure(let problem): failure = problem
                }
                left -= 1
                guard left == 0 else { return }
                done(failure.map { .failure($0) } ?? .success(finding))
            }
        }
    }

    /// Cuts the keys into parts of no more records than one call looks at.
    private func calls(for owing: [Owing]) -> [[Owing]] {
        var calls: [[Owing]] = []
        var count = 0
        for entry in owing {
            if calls.isEmpty || count + entry.records.count > Self.batch {
                calls.append([])
                count = 0
            }
            calls[calls.count - 1].append(entry)
            count += entry.records.count
        }
        return calls
    }

    private func ask(
        _ owing: [Owing], _ done: @escaping (Result<Finding, CandidateFailure>) -> Void
    ) {
        var places: [ByteString: Int] = [:]
        var sets: [ByteString] = []
        var arguments: [ByteString] = [adds ? "1" : "0", ByteString(String(side.longestSoftening))]
        for (key, records) in owing {
            arguments += [key, ByteString(String(records.count))]
            for record in records {
                if places[record.indexKey] == nil {
                    sets.append(record.indexKey)
                    places[record.indexKey] = sets.count
                }
                arguments += [ByteString(String(places[record.indexKey] ?? 0)), record.member]
            }
        }
        let pool = side.pool
        side.scripts.run(
            .check, keys: sets, arguments: arguments, on: pool.ownLink(database: database),
            next: { pool.ownLink(database: database) }
        ) { result in
            guard case .success(.array(let parts)) = result, parts.count == 2,
                let added = parts[0].count(atMost: Self.batch * 100),
                let names = parts[1].elements?.compactMap(\.bytes)
            else { return done(.failure(CandidateFailure(text: KeyScan.failure(result)))) }
            var finding = Finding(added: added)
            for start in stride(from: 0, to: names.count - 2, by: 3) {
                let record = Record(indexKey: names[start + 1], member: names[start + 2])
                finding.missing.append(Missing(key: names[start], record: record))
            }
            done(.success(finding))
        }
    }
}
