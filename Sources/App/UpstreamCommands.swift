import Hiredis
import Bytes
import Commands
import Relay

/// Reads the upstream's reply to COMMAND, for commands that the built-in table does not know.
enum UpstreamCommands {
    static func parse(_ reply: ReplyValue) -> [UpstreamCommand] { (reply.elements ?? []).compactMap(command) }

    private static func command(_ value: ReplyValue) -> UpstreamCommand? {
        guard let fields = value.elements, fields.count >= 6, let name = fields[0].bytes,
            let arity = fields[1].integer,
            let flags = fields[2].elements, let first = fields[3].integer, let last = fields[4].integer,
            let step = fields[5].integer
        else { return nil }
        return UpstreamCommand(
            name: name, arity: arity, flags: flags.compactMap(\.bytes), firstKey: first, lastKey: last,
            step: step,
            keySpecs: fields.count > 8 ? (fields[8].elements ?? []).compactMap(keySpec) : [],
            subcommands: fields.count > 9 ? (fields[9].elements ?? []).compactMap(command) : [])
    }

    private static func keySpec(_ value: ReplyValue) -> UpstreamKeySpec? {
        let fields = pairs(value)
        return UpstreamKeySpec(
            flags: (fields["flags"]?.elements ?? []).compactMap(\.bytes),
            beginning: beginning(fields["begin_search"]), finding: finding(fields["find_keys"]))
    }

    private static func beginning(_ value: ReplyValue?) -> UpstreamKeySpec.Beginning {
        let fields = value.map(pairs) ?? [:]
        let spec = fields["spec"].map(pairs) ?? [:]
        switch fields["type"]?.bytes {
        case "index": return .index(spec["index"]?.integer ?? 0)
        case "keyword":
            return .keyword(spec["keyword"]?.bytes ?? "", startFrom: spec["startfrom"]?.integer ?? 0)
        default: return .unknown
        }
    }

    private static func finding(_ value: ReplyValue?) -> UpstreamKeySpec.Finding {
        let fields = value.map(pairs) ?? [:]
        let spec = fields["spec"].map(pairs) ?? [:]
        switch fields["type"]?.bytes {
        case "range":
            return .range(
                lastKey: spec["lastkey"]?.integer ?? 0, step: spec["keystep"]?.integer ?? 1,
                limit: spec["limit"]?.integer ?? 0)
        case "keynum":
            return .keyNumber(
                index: spec["keynumidx"]?.integer ?? 0, firstKey: spec["firstkey"]?.integer ?? 0,
                step: spec["keystep"]?.integer ?? 1)
        default: return .unknown
        }
    }

    /// Names and values in turn, as RESP2 writes a map.
    private static func pairs(_ value: ReplyValue) -> [ByteString: ReplyValue] {
        let elements = value.elements ?? []
        var fields: [ByteString: ReplyValue] = [:]
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
            if let name = elements[index].bytes { fields[name] = elements[index + 1] }
        }
        return fields
    }
}
