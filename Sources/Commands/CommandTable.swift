public import Bytes
public import RESP

/// What each command does to which keys: found by name, immutable, shared by all threads.
///
/// The names lie in one open-addressed table of flat arrays, so that a lookup neither allocates nor counts
/// references.
public final class CommandTable: Sendable {
    /// Longer names are unknown.
    static let maxNameBytes = 64
    static let noParent = UInt16.max

    /// Every command of Redis 7.0 and those that later versions and Valkey are known to add.
    public static let builtin = CommandTable(CommandList.rows)

    let rows: [CommandRow]
    let facts: [CommandFacts]
    /// `client|list`, by index.
    let names: [ByteString]
    let specs: [KeySpec]
    /// Where a command's specifications begin in `specs`, and at the next index where they end.
    let specStarts: [UInt32]
    /// Upper-case keywords that `specs` name.
    let keywords: [ByteString]
    /// Upper-case names without their container's, one after the other.
    private let spellings: [UInt8]
    private let entries: [Entry]
    /// Index of a command or `.max`.
    private let slots: [UInt16]
    /// The same commands, without subcommands, by what most clients send.
    private let shortNames: ShortNames

    /// Where a name lies in `spellings`, and the container that it is a subcommand of.
    private struct Entry: BitwiseCopyable {
        var offset: UInt32
        var count: UInt16
        var parent: UInt16
    }

    /// How many commands and subcommands the table knows; indices are below.
    public var count: Int { facts.count }

    /// `rows` name containers before their subcommands.
    init(_ rows: [CommandRow]) {
        var builder = KeySpecPool()
        var facts: [CommandFacts] = []
        var starts: [UInt32] = [0]
        var spellings: [UInt8] = []
        var entries: [Entry] = []
        var slots = [UInt16](repeating: .max, count: Self.capacity(for: rows.count))
        var containers: [ByteString: UInt16] = [:]
        var tops: [(name: [UInt8], index: UInt16)] = []
        for (index, row) in rows.enumerated() {
            let parent = row.container.flatMap { containers[$0] } ?? Self.noParent
            if row.flags.contains(.containsSubcommands) { containers[row.name] = UInt16(index) }
            builder.append(row.keys)
            starts.append(UInt32(builder.specs.count))
            facts.append(row.facts(index: UInt16(index)))
            let word = row.ownName.bytes.map(ASCII.uppercased)
            entries.append(
                Entry(offset: UInt32(spellings.count), count: UInt16(word.count), parent: parent))
            spellings += word
            if parent == Self.noParent { tops.append((word, UInt16(index))) }
            var slot = Self.hash(word.span, parent: parent) & (slots.count - 1)
            while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt16(index)
        }
        self.rows = rows
        self.facts = facts
        names = rows.map(\.name)
        specs = builder.specs
        specStarts = starts
        keywords = builder.keywords
        self.spellings = spellings
        self.entries = entries
        self.slots = slots
        shortNames = ShortNames(tops)
    }

    /// At most a quarter full, so that most lookups end at their first slot.
    private static func capacity(for count: Int) -> Int {
        var capacity = 64
        while capacity < count * 4 { capacity *= 2 }
        return capacity
    }

    /// FNV-1a over the upper-case bytes, begun differently for each container.
    @inline(__always)
    private static func hash(_ word: Span<UInt8>, parent: UInt16) -> Int {
        var hash: UInt32 = 2_166_136_261 ^ (UInt32(parent) &* 0x9e37_79b1)
        for index in word.indices {
            hash = (hash ^ UInt32(ASCII.uppercased(word[index]))) &* 16_777_619
        }
        return Int(hash ^ (hash >> 15))
    }

    /// What is known of the request's command; of the subcommand where there is one.
    ///
    /// An unknown subcommand has its container's facts, an unknown command `CommandFacts.unknown`.
    public func lookup(_ buffer: Span<UInt8>, _ arguments: Span<Argument>) -> CommandFacts {
        guard !arguments.isEmpty else { return .unknown }
        guard
            let index = shortNames.find(arguments[0], in: buffer)
                ?? find(arguments[0].view(in: buffer), parent: Self.noParent)
        else { return .unknown }
        let found = facts[index]
        guard found.flags.contains(.containsSubcommands), arguments.count > 1 else { return found }
        guard let sub = find(arguments[1].view(in: buffer), parent: UInt16(truncatingIfNeeded: index)) else {
            return found
        }
        return facts[sub]
    }

    @inline(__always)
    private func find(_ word: Span<UInt8>, parent: UInt16) -> Int? {
        guard word.count <= Self.maxNameBytes else { return nil }
        let mask = slots.count - 1
        var slot = Self.hash(word, parent: parent) & mask
        while true {
            let candidate = slots[slot]
            if candidate == .max { return nil }
            if spells(word, entries[Int(candidate)], parent) { return Int(candidate) }
            slot = (slot + 1) & mask
        }
    }

    @inline(__always)
    private func spells(_ word: Span<UInt8>, _ entry: Entry, _ parent: UInt16) -> Bool {
        guard entry.parent == parent, Int(entry.count) == word.count else { return false }
        let start = Int(entry.offset)
        for index in word.indices {
            if ASCII.uppercased(word[index]) != spellings[start + index] { return false }
        }
        return true
    }

    /// The facts of `get` or `client|kill`, in any case; nil when the table does not know it.
    public func facts(named name: ByteString) -> CommandFacts? {
        let parts = name.bytes.split(
            separator: CommandRow.bar, maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first,
            let index = find(Array(first).span, parent: Self.noParent)
        else { return nil }
        guard parts.count == 2 else { return facts[index] }
        return find(Array(parts[1]).span, parent: UInt16(index)).map { facts[$0] }
    }

    /// Whether `name`, such as `get` or `client|kill`, is in the table.
    public func knows(_ name: ByteString) -> Bool { facts(named: name) != nil }

    /// The canonical name, `get` or `client|kill`; `unknown` for a command that the table does not know.
    public func name(of facts: CommandFacts) -> ByteString {
        facts.isKnown && Int(facts.index) < names.count ? names[Int(facts.index)] : "unknown"
    }

    /// Every canonical name, by index.
    public var allNames: [ByteString] { names }
}
