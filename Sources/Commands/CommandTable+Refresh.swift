import Bytes

extension CommandTable {
    /// This table and the commands of `commands` that it does not know: modules', and those of newer servers.
    ///
    /// Of known commands only the arity is taken over, which grows from version to version; what they do is
    /// not up to the server to say. Indices stay. Where the server does not say what happens to a key, it is
    /// written.
    public func refreshed(with commands: [UpstreamCommand]) -> CommandTable {
        var rows = self.rows
        var places: [ByteString: Int] = [:]
        for (index, row) in rows.enumerated() { places[row.name] = index }
        for command in commands {
            Self.merge(command, into: &rows, &places)
            for sub in command.subcommands {
                var named = sub
                if !named.name.bytes.contains(CommandRow.bar) {
                    named.name = ByteString(command.name.bytes + [CommandRow.bar] + sub.name.bytes)
                }
                Self.merge(named, into: &rows, &places)
            }
        }
        return CommandTable(rows)
    }

    /// Indices are 16 bits wide; a server with more commands than that has the rest unknown.
    private static let maxCommands = 60_000

    private static func merge(
        _ command: UpstreamCommand, into rows: inout [CommandRow], _ places: inout [ByteString: Int]
    ) {
        let row = UpstreamRow.make(command)
        if let place = places[row.name] {
            rows[place].arity = row.arity
            return
        }
        let nameBytes = row.ownName.count
        guard rows.count < maxCommands, nameBytes > 0, nameBytes <= maxNameBytes else { return }
        if let container = row.container {
            guard let place = places[container] else { return }
            rows[place].flags.insert(.containsSubcommands)
        }
        places[row.name] = rows.count
        rows.append(row)
    }
}
