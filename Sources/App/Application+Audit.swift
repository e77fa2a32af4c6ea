import Audit

/// What the audit says of the process itself.
extension Application {
    /// The process that wrote the audit before was killed: what it did last may lack records, and nobody can
    /// say how many. What it owed is finished, and recorded, by the recovery.
    func auditUnknownEnd() {
        guard !audit.endedInOrder else { return }
        var record = AuditRecord(.gap)
        record.cause =
            "the process before did not stop in order: records of the last moments before may be missing"
        audit.append(record)
    }

    /// The last record: everything that did something has ended.
    func auditStop() {
        var record = AuditRecord(.stop)
        record.cause = "freshet stopped"
        record.error = failure.map { "\($0)" }
        audit.append(record)
    }
}
