extension Metric {
    public static let queueItems = gauge(
        "freshet_queue_items", "Pieces of work that the engine has yet to do")
    public static let queueRetries = counter(
        "freshet_queue_retries_total", labels: ["reason"], "Work tried again, by why it failed before")
    public static let auditRecords = counter("freshet_audit_records_total", "Audit records written")
    public static let auditGapRecords = counter(
        "freshet_audit_gap_records_total",
        "Audit records that were lost and are counted by gap records")
    public static let auditWriteErrors = counter(
        "freshet_audit_write_errors_total", "Failed writes, syncs and rotations of the audit file")
    public static let auditLastSeq = gauge(
        "freshet_audit_last_seq", "Sequence number of the last audit record written")

    static let bookkeeping = [
        queueItems, queueRetries, auditRecords, auditGapRecords, auditWriteErrors,
        auditLastSeq,
    ]
}
