public import Bytes

/// A rule set off by a key, which has yet to be decided or carried out.
public struct Firing: Sendable, Hashable {
    /// One firing on the way to another.
    public struct Ancestor: Sendable, Hashable {
        public var rule: String
        public var trigger: ByteString

        public init(rule: String, trigger: ByteString) {
            self.rule = rule
            self.trigger = trigger
        }
    }

    public var rule: Rule
    /// The key that was mutated or went stale.
    public var trigger: ByteString
    /// The trigger's depth in its cascade, 0 for a mutated key.
    public var depth: Int
    /// Earlier firings whose invalidations led to this one, the first first.
    ///
    /// A firing among its own ancestors would come again and again: it is left out.
    public var ancestors: [Ancestor] = []

    public init(_ rule: Rule, trigger: ByteString, depth: Int, ancestors: [Ancestor] = []) {
        self.rule = rule
        self.trigger = trigger
        self.depth = depth
        self.ancestors = ancestors
    }

    /// The ancestors of what follows from this firing.
    public var lineage: [Ancestor] { ancestors + [Ancestor(rule: rule.name, trigger: trigger)] }

    /// Whether it has come round to itself.
    public var isRepeated: Bool { ancestors.contains { $0.rule == rule.name && $0.trigger == trigger } }
}

extension Firing {
    /// Appends the firing as bytes: the rule with its words, so that it means the same after a restart.
    public func write(to writer: inout ByteWriter) {
        writer.write(rule.origin.location.file)
        writer.write(rule.origin.location.line)
        writer.write(rule.words) { $0.write($1) }
        writer.write(trigger)
        writer.write(depth)
        writer.write(ancestors) { writer, ancestor in
            writer.write(ancestor.rule)
            writer.write(ancestor.trigger)
        }
    }

    /// Reads what `write` wrote; the rule is that of `conventions` where it still reads the same.
    public init(from reader: inout ByteReader, _ conventions: Conventions) throws(ByteReader.Damage) {
        let (file, line) = (try reader.text(), try reader.integer())
        let words = try reader.list { reader throws(ByteReader.Damage) in try reader.string() }
        trigger = try reader.string()
        depth = try reader.integer()
        guard depth >= 0, depth < 1 << 32 else { throw reader.damage }
        ancestors = try reader.list { reader throws(ByteReader.Damage) in
            Ancestor(rule: try reader.text(), trigger: try reader.string())
        }
        if let name = words.first?.text, let rule = conventions.rule(named: name), rule.words == words {
            self.rule = rule
        } else {
            let place = SourceLocation(file: file, line: line, column: 0, length: 0)
            var parser = RuleParser(
                words.map { Word(text: $0, location: place) }, at: place, separator: conventions.separator)
            guard let rule = parser.rule(), parser.isSound else { throw reader.damage }
            self.rule = rule
        }
    }
}
