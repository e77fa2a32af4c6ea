extension AlertKind {
    /// Label `side`: primary or fallback.
    public static let upstreamDown = AlertKind(
        "FreshetUpstreamDown", .warning, holds: .grace, lingers: .grace,
        "A Redis that invalidations are owed to does not serve.",
        "What it is owed is kept and made up for when it is back. Look at that Redis and at the network."
    )

    public static let noUpstream = AlertKind(
        "FreshetNoUpstream", .critical, holds: .grace, lingers: .grace,
        "No Redis that invalidations are owed to serves.",
        "Nothing can be invalidated now; everything is queued. Bring one Redis back.")

    /// Label `side`.
    public static let upstreamAuthFailing = AlertKind(
        "FreshetUpstreamAuthFailing", .critical, holds: .grace, lingers: .grace,
        "Redis does not accept Freshet's user or password.",
        "Freshet can invalidate nothing until upstream's user and password are right again.")

    public static let dlqNotEmpty = AlertKind(
        "FreshetDLQNotEmpty", .critical, lingers: .grace,
        "Invalidations were given up and wait for a person.",
        "Keys may be stale. FRESHET DLQ LIST shows which and why; mend the cause, then FRESHET DLQ RETRY.")

    /// Label `limit`: max-fanout or max-depth.
    public static let breakerTripped = AlertKind(
        "FreshetBreakerTripped", .critical, lingers: .grace,
        "A cascade went past max-fanout or max-depth.",
        "It was stopped and the rest waits for a person: FRESHET QUEUE LIST shows it, FRESHET QUEUE RESUME "
            + "<id> lets it go on, FRESHET QUEUE CANCEL <id> gives it up.")

    public static let queueGrowing = AlertKind(
        "FreshetQueueGrowing", .warning, holds: .grace, lingers: .grace,
        "The engine's queue has been behind for long.",
        "Invalidations are late. FRESHET QUEUE shows what waits; look at drain-rate and at Redis's latency.")

    public static let queueWidened = AlertKind(
        "FreshetQueueWidened", .critical, lingers: .grace,
        "The invalidation queue is full.",
        "Keys are widened to their tags, and tags to those above them: more is invalidated than had to be. "
            + "FRESHET QUEUE shows what waits, and whether Redis is reachable; queue-items is the limit.")

    public static let paused = AlertKind(
        "FreshetPaused", .warning, holds: .long, lingers: .none,
        "Invalidations have been paused for long.",
        "What they would have invalidated stays stale until somebody says FRESHET RESUME, or FRESHET RULE "
            + "RESUME <name>. FRESHET INFO says what is paused.")

    public static let failedOver = AlertKind(
        "FreshetFailedOver", .warning, lingers: .grace,
        "Applications are served by the fallback.",
        "The primary Redis is away. They go back when it has been well for failback-after and what was "
            + "changed meanwhile has been removed from it.")

    /// Label `part`: what of the state directory fails.
    public static let durabilityDegraded = AlertKind(
        "FreshetDurabilityDegraded", .warning, lingers: .grace, concernsProcess: true,
        "Accepted work would not survive a crash.",
        "Queued invalidations or intents are kept in memory alone. Look at the disk of state-dir.")

    public static let queueDamaged = AlertKind(
        "FreshetQueueDamaged", .warning, lingers: .long,
        "The queue's file was damaged and set aside.",
        "What could be read of it was kept. Look at the disk of state-dir, and at what the file still holds.")

    public static let scheduleMissed = AlertKind(
        "FreshetScheduleMissed", .warning, lingers: .long,
        "A scheduled invalidation did not run at its time.",
        "FRESHET SCHEDULE LIST tells which, and whether it was caught up.")

    public static let auditGap = AlertKind(
        "FreshetAuditGap", .warning, lingers: .long,
        "Audit records were lost.",
        "A gap record in the audit says how many. Look at the disk and at audit-on-full.")

    public static let auditFailing = AlertKind(
        "FreshetAuditFailing", .critical, lingers: .grace, concernsProcess: true,
        "The audit cannot be written.",
        "With audit-on-full block clients wait, with drop records are lost. Look at the disk of audit-file.")

    public static let reloadFailed = AlertKind(
        "FreshetReloadFailed", .warning, concernsProcess: true,
        "The configuration was not accepted.",
        "The running one stays. freshet check says what is wrong with the file.")

    /// Label `side`.
    public static let indexSuspect = AlertKind(
        "FreshetIndexSuspect", .warning, holds: .long, lingers: .grace,
        "The index has been suspect for long.",
        "Tags are invalidated by looking through all names, which is slow. FRESHET INFO says why.")

    /// Label `side`.
    public static let sweepBehind = AlertKind(
        "FreshetSweepBehind", .warning, holds: .grace, lingers: .grace,
        "Members of the index die faster than they are removed.",
        "Redis's memory grows with names of keys that are gone. Raise sweep-share, or give the keys a tag of "
            + "which fewer are written.")

    public static let test = AlertKind(
        "FreshetTest", .warning, concernsProcess: true,
        "An operator tests the way of alerts.",
        "Nothing is wrong. It is resolved by itself after two alert-intervals.")

    /// Every alert, in the order of the runbook.
    public static let all = [
        noUpstream, upstreamDown, upstreamAuthFailing, dlqNotEmpty, breakerTripped, queueGrowing,
        queueWidened, paused, failedOver, durabilityDegraded, queueDamaged, scheduleMissed, auditFailing,
        auditGap,
        reloadFailed,
        indexSuspect, sweepBehind,
        test,
    ]
}
