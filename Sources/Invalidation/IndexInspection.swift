public import Bytes
import Naming
import Relay

/// What operators may ask of the index: whether it has every record, and that it be made anew.
///
/// Confined to the engine's loop.
public final class IndexInspection {
    /// What was found at one Redis.
    public struct Report: Sendable {
        public var side: Side
        public var keys = 0
        /// Records that the names of keys imply.
        public var records = 0
        /// Those of them that are not there.
        public var missing = 0
        /// Some of them: a key, and the index set that does not name it.
        public var examples: [(key: ByteString, set: ByteString)] = []
        public var problem: String?
    }

    private static let shown = 10
    /// What was missing at the first look and is looked at again.
    private static let kept = 10_000

    private let engine: Engine

    public init(engine: Engine) { self.engine = engine }

    // MARK: Looking

    /// Compares all keys with all records, at each Redis; what lacks has the index rebuilt.
    public func check(_ done: @escaping ([Report]) -> Void) {
        each { side, told in
            Self.databases(of: side) { databases in
                guard let databases else { return told(Self.failed(side, "Redis cannot be asked")) }
                Self.check(side, databases, Report(side: side.side), told)
            }
        } done: {
            done($0)
        }
    }

    private static func check(
        _ side: EngineSide, _ databases: [Int], _ report: Report, _ done: @escaping (Report) -> Void
    ) {
        guard let database = databases.last else {
            if report.missing > 0 {
                side.indexMayLackRecords("FRESHET INDEX CHECK has found that it lacks records")
            }
            return done(report)
        }
        var report = report
        var missing: [RecordCheck.Missing] = []
        let check = RecordCheck(side: side, database: database, adds: false)
        KeyScan(side: side, database: database).forEachBatch { keys, next in
            check.look(at: keys) { result in
                guard case .success(let finding) = result else { return next(Self.text(result)) }
                report.keys += keys.count { !Conventions.isReserved($0.span) }
                report.records += finding.expected
                if missing.count < kept { missing += finding.missing }
                next(nil)
            }
        } onEnd: { failure in
            if let failure {
                report.problem = failure
                return done(report)
            }
            // A record may have been on its way at the first look.
            check.look(at: missing) { result in
                guard case .success(let finding) = result else {
                    report.problem = Self.text(result)
                    return done(report)
                }
                report.missing += finding.missing.count
                for lost in finding.missing.prefix(max(0, shown - report.examples.count)) {
                    report.examples.append((lost.key, lost.record.indexKey))
                }
                Self.check(side, databases.dropLast(), report, done)
            }
        }
    }

    private static func databases(of side: EngineSide, _ done: @escaping ([Int]?) -> Void) {
        guard side.isReachable else { return done(nil) }
        side.watch.databases(done)
    }

    private static func text(_ result: Result<RecordCheck.Finding, CandidateFailure>) -> String {
        if case .failure(let failure) = result { failure.text } else { "" }
    }

    private static func failed(_ side: EngineSide, _ problem: String) -> Report {
        var report = Report(side: side.side)
        report.problem = problem
        return report
    }

    // MARK: Making anew

    /// Rebuilds the index of each Redis; `done` is told when all have ended.
    ///
    /// In a report, what was missing is what was added.
    public func rebuild(_ done: @escaping ([Report]) -> Void) {
        each { side, told in
            guard side.isReachable else { return told(Self.failed(side, "Redis cannot be asked")) }
            side.reconciler.rebuild("an operator has asked for a rebuild") { counts, problem in
                var report = Report(side: side.side)
                report.keys = counts.keys
                report.records = counts.records
                report.missing = counts.added
                report.problem = problem
                told(report)
            }
        } done: {
            done($0)
        }
    }

    private func each(
        _ body: (EngineSide, @escaping (Report) -> Void) -> Void, done: @escaping ([Report]) -> Void
    ) {
        var reports: [Report] = []
        let sides = engine.sides
        for side in sides {
            body(side) { report in
                reports.append(report)
                if reports.count == sides.count {
                    done(reports.sorted { $0.side.rawValue > $1.side.rawValue })
                }
            }
        }
    }
}
