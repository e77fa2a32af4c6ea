/// What a probe sees of a Redis.
struct Sighting: Equatable {
    /// What has become of a Redis since another look.
    enum Change {
        case none
        /// Another process answers.
        case replaced
        /// The same process leads its replicas with another history of changes than before.
        case promoted
    }

    var runId: String
    var evictedKeys: Int
    var isReplica: Bool
    /// Whether it refuses writes because it is a replica.
    var isReadOnly: Bool
    /// The name of the history that it and its replicas have in common.
    var replicationId: String
    /// The name of the history that it had before it was promoted; nil where it never was.
    var formerId: String?

    /// Takes fields of INFO.
    init(_ fields: [String: String]) {
        runId = fields["run_id"] ?? ""
        evictedKeys = Int(fields["evicted_keys"] ?? "") ?? 0
        isReplica = fields["role"] == "slave"
        isReadOnly = isReplica && fields["slave_read_only"] != "0"
        replicationId = fields["master_replid"] ?? ""
        let former = fields["master_replid2"] ?? ""
        formerId = former.utf8.allSatisfy { $0 == 0x30 } ? nil : former
    }

    /// A master that gets its first replica names its history anew and remembers no former one: it has lost
    /// nothing. One that was promoted remembers whose history it went on with.
    func change(since last: Sighting) -> Change {
        if runId != last.runId { return .replaced }
        if isReplica { return .none }
        if last.isReplica { return .promoted }
        let isRenamed = replicationId != last.replicationId
        return isRenamed && formerId != nil && formerId != last.formerId ? .promoted : .none
    }
}
