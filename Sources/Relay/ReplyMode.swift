/// What `CLIENT REPLY` asked for, kept in the order of replies.
///
/// Redis itself goes on replying; the session drops what its client does not want. So every reply stays
/// accounted for.
enum ReplyMode: Sendable {
    case on
    case off
    /// The reply after this one will be dropped.
    case skipNext
    /// This reply is dropped.
    case skip

    var drops: Bool { self == .off || self == .skip }

    /// The mode after a reply has ended.
    var afterReply: ReplyMode {
        switch self {
        case .on, .skip: .on
        case .off: .off
        case .skipNext: .skip
        }
    }
}
