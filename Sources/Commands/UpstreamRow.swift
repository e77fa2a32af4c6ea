import Bytes

/// Turns what a server says about a command nobody knew into a row, on the safe side where it says little.
enum UpstreamRow {
    static func make(_ command: UpstreamCommand) -> CommandRow {
        var row = CommandRow(
            name: ByteString(command.name.bytes.map(lowercased)), arity: Int16(clamping: command.arity),
            flags: CommandFlags(command.flags), keys: [])
        if !command.subcommands.isEmpty { row.flags.insert(.containsSubcommands) }
        addKeys(of: command, to: &row)
        row.behaviour = behaviour(of: row)
        return row
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
    }

    private static func behaviour(of row: CommandRow) -> Behaviour {
        if row.flags.contains(.blocking) { return .block }
        if row.container == "client" || (row.flags.contains(.pubsub) && row.name != "publish") { return .pin }
        return .plain
    }

    private static func addKeys(of command: UpstreamCommand, to row: inout CommandRow) {
        let isReadOnly = row.flags.contains(.readOnly)
        for spec in command.keySpecs where !spec.flags.contains("not_key") {
            let fullRole = role(of: spec, isReadOnly: isReadOnly)
            if let keys = keys(of: spec, role: fullRole) {
                row.keys.append(keys)
            } else {
                row.hasIncompleteKeys = true
            }
            if spec.flags.contains("incomplete") { row.hasIncompleteKeys = true }
        }
        if command.keySpecs.isEmpty { addRange(of: command, isReadOnly, to: &row) }
        if row.hasIncompleteKeys, !isReadOnly { writeAll(&row) }
        // What one specification cannot say must not hide what the others do.
        if row.hasIncompleteKeys { row.flags.insert(.module) }
    }

    /// The three numbers are all that a server before 7.0, or a module without specifications, tells.
    private static func addRange(of command: UpstreamCommand, _ isReadOnly: Bool, to row: inout CommandRow) {
        if row.flags.contains(.movableKeys) { row.hasIncompleteKeys = true }
        guard command.firstKey > 0, command.step > 0, let begin = Int16(exactly: command.firstKey)
        else { return }
        let last = command.lastKey >= 0 ? command.lastKey - command.firstKey : command.lastKey
        let spec = KeySpec(
            begin: begin, last: Int16(clamping: last), step: Int16(clamping: command.step),
            role: isReadOnly ? .read : .update)
        row.keys.append(CommandRow.Keys(keyword: nil, spec: spec))
    }

    private static func writeAll(_ row: inout CommandRow) {
        for index in row.keys.indices where !row.keys[index].spec.role.isMutation {
            row.keys[index].spec.role = .update
        }
        row.flags.insert(.write)
    }

    private static func role(of spec: UpstreamKeySpec, isReadOnly: Bool) -> KeyRole {
        if spec.flags.contains("RO") || isReadOnly { return .read }
        if spec.flags.contains("OW") { return .overwrite }
        if spec.flags.contains("RM") { return .delete }
        if spec.flags.contains("update") { return .update }
        if spec.flags.contains("insert") { return .insert }
        if spec.flags.contains("delete") { return .delete }
        return .update
    }

    private static func keys(of spec: UpstreamKeySpec, role: KeyRole) -> CommandRow.Keys? {
        var keyword: ByteString?
        var result = KeySpec(begin: 0, role: role)
        switch spec.beginning {
        case .index(let index):
            guard index > 0, let begin = Int16(exactly: index) else { return nil }
            result.begin = begin
        case .keyword(let word, let start):
            guard start != 0, let begin = Int16(exactly: start) else { return nil }
            keyword = word
            result.begin = begin
        case .unknown: return nil
        }
        switch spec.finding {
        case .range(let last, let step, let limit):
            guard step > 0 else { return nil }
            result.last = Int16(clamping: last)
            result.step = Int16(clamping: step)
            result.limit = Int16(clamping: max(0, limit))
        case .keyNumber(let index, let first, let step):
            guard index >= 0, first >= 0, step > 0 else { return nil }
            result.countOffset = Int16(clamping: index)
            result.firstOffset = Int16(clamping: first)
            result.step = Int16(clamping: step)
        case .unknown: return nil
        }
        return CommandRow.Keys(keyword: keyword, spec: result)
    }
}
