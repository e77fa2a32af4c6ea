extension Directive {
    static let durability: [Directive] = [
        scalar(
            "state-dir", \.stateDir, .path, in: .durability, reloadable: false,
            help: "Where accepted work is kept, so that a crash loses none: the queue, and the intents of "
                + "writes whose cascades are on their way. One directory for each Redis; processes that "
                + "take turns in front of the same Redis share it. Without this line $STATE_DIRECTORY is "
                + "used where systemd sets it; a default that cannot be used is a warning, and work is "
                + "kept in memory.",
            example: "state-dir /var/lib/freshet"),
        scalar(
            "cascade-durability", \.cascadeDurability, .choice, in: .durability, reloadable: false,
            help: "When what a write owes is on disk, in the words of Redis's appendfsync. With everysec "
                + "it is in the kernel's hands before the write leaves, and on the disk within a second: "
                + "a killed process loses nothing, a machine without power that second. With always the "
                + "reply is held until the disk has it. With no, no intents are noted.",
            example: "cascade-durability always"),
        scalar(
            "intent-journal-limit", \.intentJournalLimit, .size((1 << 20)...(1 << 32)), in: .durability,
            reloadable: false,
            help: "Bytes that the files with one worker's intents may take. Half of it may be intents that "
                + "are not done; beyond that writes go on without one, which freshet_intents_failed_total "
                + "counts.",
            example: "intent-journal-limit 16mb"),
    ]
}
