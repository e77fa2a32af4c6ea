extension Metric {
    public static let intentsNoted = counter(
        "freshet_intents_total", "Writes whose intent was noted, since a crash would lose what they owe")
    public static let intentsFailed = counter(
        "freshet_intents_failed_total",
        "Writes that left without their intent on file, because the disk failed or the journal was full")
    public static let intentsOpen = gauge(
        "freshet_intents_open", "Intents whose cascades are neither done nor in the queue's file")
    public static let intentJournalBytes = gauge(
        "freshet_intent_journal_bytes", "Bytes that the journals of intents take on disk")
    public static let intentsAdopted = counter(
        "freshet_intents_adopted_total", "Intents that were taken over from a process that was killed")
    public static let recoveryPending = gauge(
        "freshet_recovery_pending",
        "Adopted work that is not finished; 1 also until a state directory was looked through")
    public static let durabilityDegraded = gauge(
        "freshet_durability_degraded", labels: ["part"],
        "1 while accepted work would not survive a crash, by what fails (state-dir, intents, queue), else 0")
    public static let stateDirectoryFreeBytes = gauge(
        "freshet_state_dir_free_bytes", "Bytes that are free on the disk of the state directory")

    static let durability = [
        intentsNoted, intentsFailed, intentsOpen, intentJournalBytes, intentsAdopted, recoveryPending,
        durabilityDegraded, stateDirectoryFreeBytes,
    ]
}
