import Bytes
public import RESP

extension CommandTable {
    /// Replaces `uses` by the keys that Redis takes when it runs the request, and what happens to them.
    ///
    /// `COMMAND GETKEYSANDFLAGS` tells the same wherever it tells anything: it finds no keys where one list
    /// of several is empty, as in PFMERGE with nothing but a destination, and the first STORE where the last
    /// one counts. Empty for a wrong number of arguments; of a request that Redis refuses for another reason
    /// some keys may be named, since nothing follows from a write that is refused.
    public func keys(
        _ facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>, into uses: inout [KeyUse]
    ) {
        uses.removeAll(keepingCapacity: true)
        guard facts.firstKey != 0 || facts.needsSlowKeys else { return }
        guard facts.accepts(argumentCount: arguments.count), Int(facts.index) < count else { return }
        if facts.needsSlowKeys { return slowKeys(facts, buffer, arguments, &uses) }
        let first = Int(facts.firstKey)
        let last = facts.lastKey >= 0 ? Int(facts.lastKey) : arguments.count + Int(facts.lastKey)
        guard last < arguments.count, first <= last else { return }
        var role = facts.keyRole
        if facts.syntax == .set, arguments.count > 3 {
            role = RequestWords(buffer, arguments).setOptions(from: 3).contains(.get) ? .update : .overwrite
        }
        var index = first
        while index <= last {
            uses.append(KeyUse(argument: index, role: role))
            index += Int(facts.step)
        }
    }

    private func slowKeys(
        _ facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>, _ uses: inout [KeyUse]
    ) {
        let words = RequestWords(buffer, arguments)
        switch facts.syntax {
        case .bitfield:
            uses.append(KeyUse(argument: 1, role: words.changesBits ? .update : .read))
        case .sort:
            uses.append(KeyUse(argument: 1, role: .read))
            if let store = words.sortDestination { uses.append(KeyUse(argument: store, role: .overwrite)) }
        case .geoRadius:
            uses.append(KeyUse(argument: 1, role: .read))
            if let store = words.geoDestination(from: geoOptions(facts)) {
                uses.append(KeyUse(argument: store, role: .overwrite))
            }
        case .migrate:
            for index in words.migratedKeys { uses.append(KeyUse(argument: index, role: .delete)) }
        default:
            specifiedKeys(facts, buffer, arguments, &uses)
        }
    }

    /// Where the options of GEORADIUS or GEORADIUSBYMEMBER begin: their least number of arguments.
    func geoOptions(_ facts: CommandFacts) -> Int { -Int(facts.arity) }

    private func specifiedKeys(
        _ facts: CommandFacts, _ buffer: Span<UInt8>, _ arguments: Span<Argument>, _ uses: inout [KeyUse]
    ) {
        let index = Int(facts.index)
        for place in specStarts[index]..<specStarts[index + 1] {
            let spec = specs[Int(place)]
            // What one specification does not say must not hide what the others do.
            guard let positions = spec.positions(buffer, arguments, keywords) else { continue }
            for position in positions { uses.append(KeyUse(argument: position, role: spec.role)) }
        }
    }
}

extension RequestWords {
    /// Whether BITFIELD has any subcommand but GET.
    var changesBits: Bool {
        var index = 2
        while index < count {
            let left = count - index - 1
            if left >= 2, matches(index, "GET") {
                index += 3
            } else if left >= 1, matches(index, "OVERFLOW") {
                index += 2
            } else {
                return true
            }
        }
        return false
    }

    /// Where SORT's destination is; the last STORE counts.
    var sortDestination: Int? {
        var destination: Int?
        var index = 2
        while index < count {
            if matches(index, "LIMIT") {
                index += 2
            } else if matches(index, "GET") || matches(index, "BY") {
                index += 1
            } else if matches(index, "STORE"), index + 1 < count {
                destination = index + 1
                index += 1
            }
            index += 1
        }
        return destination
    }

    /// Where GEORADIUS stores; of STORE and STOREDIST the last counts.
    func geoDestination(from start: Int) -> Int? {
        var destination: Int?
        var index = start
        while index < count {
            if matches(index, "COUNT") {
                index += 1
            } else if matches(index, "STORE") || matches(index, "STOREDIST"), index + 1 < count {
                destination = index + 1
                index += 1
            }
            index += 1
        }
        return destination
    }

    /// MIGRATE's keys: the one in the fourth place, or those after KEYS when that is empty.
    ///
    /// None where both are given, which Redis refuses; a KEYS with nothing behind it is overlooked.
    var migratedKeys: Range<Int> {
        var index = 6
        while index + 1 < count {
            if matches(index, "KEYS") { return arguments[3].count > 0 ? 0..<0 : (index + 1)..<count }
            let skipped = matches(index, "AUTH") ? 1 : matches(index, "AUTH2") ? 2 : 0
            index += 1 + skipped
        }
        return 3..<4
    }
}
