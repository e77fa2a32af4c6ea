import Bytes

/// The keys column of `CommandList`.
enum KeyNotation {
    private static let roles: [Substring: KeyRole] = [
        "R": .read, "O": .overwrite, "U": .update, "I": .insert, "D": .delete, "E": .expire,
    ]

    /// Reads one specification, `KEYWORD@begin..last/step%limit:role` or `begin#/step:role`.
    static func parse(_ text: Substring) -> CommandRow.Keys {
        let halves = text.split(separator: ":")
        guard halves.count == 2, let role = roles[halves[1]] else { fail(text) }
        var rest = halves[0]
        var spec = KeySpec(begin: 0, role: role)
        spec.limit = number(after: "%", in: &rest, of: text) ?? 0
        spec.step = number(after: "/", in: &rest, of: text) ?? 1
        spec.last = number(after: "..", in: &rest, of: text) ?? 0
        if rest.hasSuffix("#") {
            rest.removeLast()
            spec.countOffset = 0
            spec.firstOffset = 1
        }
        let places = rest.split(separator: "@")
        guard let last = places.last, let begin = Int16(last) else { fail(text) }
        spec.begin = begin
        return CommandRow.Keys(keyword: places.count == 2 ? ByteString(String(places[0])) : nil, spec: spec)
    }

    /// Takes `mark` and the number behind it off the end of `rest`.
    private static func number(after mark: String, in rest: inout Substring, of text: Substring) -> Int16? {
        guard let place = rest.utf8.firstIndex(of: mark.utf8.first!) else { return nil }
        let digits = rest[place...].dropFirst(mark.count)
        guard let number = Int16(digits) else { fail(text) }
        rest = rest[..<place]
        return number
    }

    private static func fail(_ text: Substring) -> Never {
        preconditionFailure("'\(text)' is no key specification of the command list")
    }
}
