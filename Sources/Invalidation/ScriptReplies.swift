import Bytes
import Hiredis
import Relay

/// Keys that a script could not remove, and why.
struct ScriptRefusal {
    var names: [ByteString]
    var reason: String

    /// Reads the two last parts of a reply: names, and a reason.
    fileprivate init?(_ parts: ArraySlice<ReplyValue>) {
        guard parts.count == 2, let names = parts.first?.elements, !names.isEmpty else { return nil }
        self.names = names.compactMap(\.bytes)
        reason = parts.last?.bytes?.text ?? ""
    }
}

/// What `IndexScript.seize` has done. Numbers are bounded: they come from outside.
struct SeizeReply {
    /// Members that are left to be drained.
    var left: Int
    var removed: Int
    var names: [ByteString]
    /// Whether the drain set is kept, since something follows from one of the members.
    var isKept: Bool
    var refusal: ScriptRefusal?

    init?(_ result: Result<ReplyValue, LinkFailure>, few: Int) {
        guard case .success(.array(let parts)) = result, parts.count >= 4, let left = parts[0].integer,
            let removed = parts[1].integer, let names = parts[2].elements, let keeps = parts[3].integer
        else { return nil }
        self.left = max(0, min(left, 1 << 40))
        self.removed = max(0, min(removed, few))
        self.names = names.compactMap(\.bytes)
        isKept = keeps == 1
        refusal = ScriptRefusal(parts[4...])
    }
}

/// What `IndexScript.drain` has done. Numbers are bounded: they come from outside.
struct DrainReply {
    /// Where SSCAN goes on; nil where it has to read the same page again, of which only a part has gone.
    var cursor: ByteString?
    /// Members that had to go.
    var stale: Int
    var removed: Int
    /// Those that were told.
    var names: [ByteString]
    var refusal: ScriptRefusal?

    init?(_ result: Result<ReplyValue, LinkFailure>, most: Int) {
        guard case .success(.array(let parts)) = result, parts.count >= 4, let cursor = parts[0].bytes,
            let stale = parts[1].integer, let removed = parts[2].integer, let names = parts[3].elements
        else { return nil }
        self.cursor = cursor.isEmpty ? nil : cursor
        self.stale = max(0, min(stale, most))
        self.removed = max(0, min(removed, most))
        self.names = names.compactMap(\.bytes)
        refusal = ScriptRefusal(parts[4...])
    }
}
