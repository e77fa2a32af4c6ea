extension Metric {
    public static let queueItems = gauge(
        "freshet_queue_items", "Pieces of work that the engine has yet to do")
    public static let queueOldestAge = gauge(
        "freshet_queue_oldest_age_seconds",
        "Age of the oldest piece of work that is due or runs, as far as memory holds it; 0 without one")
    public static let queueWidened = counter(
        "freshet_queue_widened_total", labels: ["to"],
        "Pieces of work widened for want of room, by to what (tags, parents, everything)")
    public static let queueSuperseded = counter(
        "freshet_queue_superseded_total", "Dead letters that newer work for the same has replaced")
    public static let queueJoined = counter(
        "freshet_queue_merged_total", "Pieces of work merged with equal or overlapping work that waited")
    public static let queuePaused = gauge(
        "freshet_queue_paused",
        "1 while FRESHET PAUSE holds all work that nobody asked for, else 0")
    public static let pausedRules = gauge(
        "freshet_paused_rules", "Rules whose work FRESHET PAUSE holds")
    public static let deadLetters = gauge(
        "freshet_dlq_items", "Invalidations that failed for good and wait for a person")
    public static let queueRetries = counter(
        "freshet_queue_retries_total", labels: ["reason"], "Work tried again, by why it failed before")
    public static let auditRecords = counter("freshet_audit_records_total", "Audit records written")
    public static let auditGapRecords = counter(
        "freshet_audit_gap_records_total",
        "Audit records that were lost and are counted by gap records")
    public static let auditWriteErrors = counter(
        "freshet_audit_write_errors_total", "Failed writes, syncs and rotations of the audit file")
    public static let auditBlocks = gauge(
        "freshet_audit_blocks",
        "1 while writes that owe a record wait, since the audit takes none and audit-on-full is block, else 0"
    )
    public static let auditLastSeq = gauge(
        "freshet_audit_last_seq", "Sequence number of the last audit record written")

    static let bookkeeping = [
        queueItems, queueOldestAge, queueRetries, queueWidened, queueSuperseded, queueJoined,
        queuePaused, pausedRules, deadLetters, auditRecords, auditGapRecords, auditWriteErrors,
        auditBlocks, auditLastSeq,
    ]
}
