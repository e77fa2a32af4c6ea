import Bytes

/// Refuses patterns that name the index itself.
struct ReservedCheck {
    private let set: ConventionSet

    init(_ set: ConventionSet) { self.set = set }

    func run() -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        func check(_ pattern: Pattern, _ location: SourceLocation) {
            guard IndexKey.isReserved(pattern.literalPrefix.span) else { return }
            let message =
                "'\(pattern.text)' names Freshet's own index, which is off limits; choose other keys"
            let diagnostic = Diagnostic.error(location, message)
            if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
        }
        for tag in set.tags { check(tag.pattern, tag.origin.location) }
        for link in set.links {
            check(link.source, link.origin.location)
            if !link.isTag { check(link.dependent, link.location) }
        }
        for protection in set.protections { check(protection.pattern, protection.location) }
        return diagnostics
    }
}

/// Refuses recorded targets without a literal: every key would be recorded, and one mutation could delete
/// them all.
struct BroadCheck {
    private let set: ConventionSet

    init(_ set: ConventionSet) { self.set = set }

    func run() -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for link in set.links where link.isRecorded && !link.dependent.hasLiteral {
            let reach = link.dependent.hasRest ? "every key" : "every key of \(segments(link.dependent))"
            let message =
                "'\(link.dependent.text)' matches \(reach), so one mutation could invalidate all of them; "
                + "give it a literal, or set 'allow-broad yes'"
            let diagnostic = Diagnostic.error(link.location, message)
            if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
        }
        return diagnostics
    }

    private func segments(_ pattern: Pattern) -> String {
        pattern.segments.count == 1 ? "one segment" : "\(pattern.segments.count) segments"
    }
}
