import Bytes

/// Every command that is known without asking the server, as text: one line each, grouped by family.
///
/// A line has the name, the arity as in `COMMAND`, the keys and the server's flags; `-` stands for none,
/// `subcommands` marks a container. Keys are the server's key specifications, separated by commas, each
/// ending with its role (`R`ead, `O`verwrite, `U`pdate, `I`nsert, `D`elete, `E`xpire):
///
///     1:R             the key is argument 1
///     1..-1:D         arguments 1 to the last
///     1..-1/2:O       every second of them
///     2#:R            argument 2 says how many keys follow it
///     STORE@6:O       the argument after the word STORE, looked for from argument 6 on
///     STREAMS@1..-1%2:R   the first half of all that follows the word STREAMS
///
/// What a command means beyond that is in `CommandTraits`.
enum CommandList {
    static let families = [
        strings, keyspace, lists, sets, sortedSets, hashes, streams, bitmapsAndGeo, vectorSets, scripting,
        pubSub, connection, server, cluster,
    ]

    static var rows: [CommandRow] {
        let traits = CommandTraits()
        return families.flatMap { family in
            family.split(separator: "\n").map { line in traits.applied(to: row(line)) }
        }
    }

    private static func row(_ line: Substring) -> CommandRow {
        let columns = line.split(separator: " ")
        guard columns.count == 4, let arity = Int16(columns[1]) else {
            preconditionFailure("a command's line has four columns, this one is '\(line)'")
        }
        var words = columns[3].split(separator: ",").map { ByteString(String($0)) }
        let isContainer = words.last == "subcommands"
        if isContainer { words.removeLast() }
        var flags = CommandFlags(words)
        if isContainer { flags.insert(.containsSubcommands) }
        let keys = columns[2] == "-" ? [] : columns[2].split(separator: ",").map(KeyNotation.parse)
        return CommandRow(name: ByteString(String(columns[0])), arity: arity, flags: flags, keys: keys)
    }
}
