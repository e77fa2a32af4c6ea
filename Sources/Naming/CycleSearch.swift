import Bytes

/// Looks for links that can lead back to themselves.
///
/// Two links follow each other when some key can be the dependent of the first and the source of the second;
/// captures' values are not compared, so a chain that only the data ends (`list:{a}` on `list:{b}`) is a
/// cycle.
struct CycleSearch {
    /// More than these would only repeat themselves.
    static let maxReported = 10

    private let set: ConventionSet
    /// For each link, those that can follow it.
    private var hops: [[(via: Pattern, next: Int)]] = []

    init(_ set: ConventionSet) {
        self.set = set
        var sources = TrieBuilder()
        for (index, link) in set.links.enumerated() { sources.insert(link.source, entry: index) }
        hops = set.links.map { hops(from: $0, sources) }
    }

    /// In which order keys are to be removed.
    var order: RemovalOrder {
        RemovalOrder(
            next: hops.map { $0.map(\.next) }, dependents: set.links.map(\.dependentText))
    }

    func run() -> [Diagnostic] {
        cycles().prefix(Self.maxReported).map { cycle in
            let path = describe(cycle)
            let location = set.links[cycle[cycle.count - 1].link].location
            if set.cyclesAllowed {
                return .warning(location, "dependencies form a cycle: \(path); each key is invalidated once")
            }
            return .error(
                location, "dependencies form a cycle: \(path); break it, or set 'cycles allow'")
        }
    }

    /// A link and, where it leads over a tag, the tagged pattern through which it does.
    private struct Hop {
        var link: Int
        var via: Pattern
    }

    private struct Frame {
        var link: Int
        var hops: [(via: Pattern, next: Int)]
        var position = 0
    }

    /// Depth-first with an explicit stack: a chain of ten thousand links must not exhaust the real one.
    private func cycles() -> [[Hop]] {
        enum Colour { case white, grey, black }
        var colours = [Colour](repeating: .white, count: set.links.count)
        var found: [[Hop]] = []
        for start in set.links.indices where colours[start] == .white {
            var stack = [Frame(link: start, hops: hops[start])]
            colours[start] = .grey
            while var frame = stack.popLast() {
                guard frame.position < frame.hops.count else {
                    colours[frame.link] = .black
                    continue
                }
                let next = frame.hops[frame.position].next
                frame.position += 1
                stack.append(frame)
                if colours[next] == .grey {
                    found.append(path(back: next, on: stack))
                    if found.count >= Self.maxReported { return found }
                } else if colours[next] == .white {
                    colours[next] = .grey
                    stack.append(Frame(link: next, hops: hops[next]))
                }
            }
        }
        return found
    }

    private func path(back link: Int, on stack: [Frame]) -> [Hop] {
        let start = stack.lastIndex { $0.link == link } ?? 0
        return stack[start...].map { Hop(link: $0.link, via: $0.hops[$0.position - 1].via) }
    }

    private func hops(from link: Link, _ sources: TrieBuilder) -> [(via: Pattern, next: Int)] {
        guard link.isTag else { return follow(link.dependent, from: link, sources) }
        let tag = link.dependent.symbols
        return set.tags.filter { $0.canFollow(tag) }.flatMap { follow($0.pattern, from: nil, sources) }
    }

    private func follow(
        _ pattern: Pattern, from link: Link?, _ sources: TrieBuilder
    ) -> [(via: Pattern, next: Int)] {
        sources.entries(intersecting: pattern).filter { next in
            guard let link else { return true }
            return !link.isHarmless(before: set.links[next])
        }.map { (pattern, $0) }
    }

    /// `a:{x} -> b:{x} -> a:{x}`, naming patterns that differ from the next source.
    private func describe(_ cycle: [Hop]) -> String {
        var text = set.links[cycle[0].link].source.text
        for (position, hop) in cycle.enumerated() {
            let link = set.links[hop.link]
            let next = set.links[cycle[(position + 1) % cycle.count].link].source.text
            if link.isTag { text += " -> tag:\(link.dependent.text)" }
            text += " -> \(hop.via.text)"
            if hop.via.text != next { text += " (matches \(next))" }
        }
        return text
    }
}

extension TagConvention {
    /// Whether invalidating a tag of these symbols can reach this convention's tag, itself or a level above
    /// it.
    fileprivate func canFollow(_ tag: [Symbol]) -> Bool {
        for (left, right) in zip(symbols, tag) {
            guard case .byte(let left) = left, case .byte(let right) = right else { break }
            if left != right { return false }
        }
        return symbols.intersects(tag) || symbols.intersects(tag + [.byte(TagName.levelSeparator), .many])
    }
}

extension Link {
    /// Whether `next` is this link again, and following it twice only finds the same key: `user:{id}:summary`
    /// on `user:{id}:**`.
    fileprivate func isHarmless(before next: Link) -> Bool {
        guard case .computed = target, origin == next.origin, source.text == next.source.text,
            dependent.text == next.dependent.text, source.text != dependent.text
        else { return false }
        return dependent.segments.indices.allSatisfy { index in
            let segment = dependent.segments[index]
            if !segment.contains(where: \.isWild) { return true }
            guard index < source.segments.count else { return false }
            return named(segment, in: dependent) == named(source.segments[index], in: source)
        }
    }

    private func named(_ segment: [Atom], in pattern: Pattern) -> [String] {
        segment.map { atom in
            switch atom {
            case .literal(let bytes): "=\(bytes)"
            case .any: "*"
            case .capture(let number): pattern.captures[number]
            }
        }
    }
}
