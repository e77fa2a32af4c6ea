extension Directive {
    static let audit: [Directive] = [
        scalar(
            "audit-file", \.auditFile, .path, in: .audit, reloadable: false,
            help: "Where the audit is written: one JSON object per invalidation with its cause, each line "
                + "carrying the hash of the one before it. Values never appear.",
            example: "audit-file /var/log/freshet/audit.jsonl"),
        scalar(
            "audit-max-bytes", \.auditMaxBytes, .size((4 << 10)...(1 << 40)), in: .audit, reloadable: false,
            help: "The size at which an audit file is closed and the next one begun.",
            example: "audit-max-bytes 256mb"),
        scalar(
            "audit-retain", \.auditRetain, .count(1...100_000, unit: "files"), in: .audit, reloadable: false,
            help: "How many closed audit files are kept; the oldest is removed when one more is closed.",
            example: "audit-retain 30"),
        scalar(
            "audit-queue", \.auditQueue, .count(1...16_777_216, unit: "records"), in: .audit,
            reloadable: false,
            help: "Records that may wait for the disk.",
            example: "audit-queue 1048576"),
        scalar(
            "audit-on-full", \.auditOnFull, .choice, in: .audit, reloadable: false,
            help: "What a full queue or disk does. With drop, records are lost, counted, and marked as a gap "
                + "in the file. With block, no invalidation goes unrecorded: writes that owe a record wait, "
                + "and the proxy is not ready; everything else goes on.",
            example: "audit-on-full block"),
        scalar(
            "audit-keys", \.auditKeys, .choice, in: .audit, reloadable: true,
            help: "Key names as they are, or as a hash where names are personal data.",
            example: "audit-keys hash"),
        scalar(
            "audit-targets", \.auditTargets, .count(0...1_000_000, unit: "keys"), in: .audit,
            reloadable: true,
            help: "How many invalidated keys one record lists; further ones are only counted.",
            example: "audit-targets 100"),
    ]
}
