import TestSupport

/// Commands of one or several connections, in order, with the number of replies each waits for.
///
/// One step a line: `[connection:][count>] command`. Without a connection it is `a`, without a count one
/// reply is awaited. A line without a command only reads. `!blocked n` waits until n clients are blocked in
/// the server.
struct Script: Sendable, CustomStringConvertible {
    enum Step: Sendable {
        case command(connection: Character, bytes: [UInt8], replies: Int)
        case untilBlocked(Int)
    }

    let name: String
    let steps: [Step]
    let masks: [Mask]

    init(_ name: String, masks: [Mask] = [], _ text: String) {
        self.name = name
        self.masks = masks
        steps = text.split(separator: "\n").map { Self.step(String($0)) }
    }

    var description: String { name }

    /// Whether all of it happens on one connection, so that it can be sent at once.
    var isSingle: Bool {
        steps.allSatisfy { step in
            if case .command("a", _, _) = step { true } else { false }
        }
    }

    /// Everything that connection `a` sends.
    var bytes: [UInt8] {
        steps.flatMap { step -> [UInt8] in
            if case .command("a", let bytes, _) = step { bytes } else { [] }
        }
    }

    private static func step(_ line: String) -> Step {
        if line.hasPrefix("!blocked ") { return .untilBlocked(Int(line.dropFirst(9))!) }
        var rest = Array(line)[...]
        var connection: Character = "a"
        if rest.count > 1, rest[1] == ":", "abc".contains(rest[0]) {
            connection = rest[0]
            rest = rest.dropFirst(2)
        }
        var replies = 1
        let digits = rest.prefix { $0.isNumber }
        if !digits.isEmpty, rest.dropFirst(digits.count).first == ">" {
            replies = Int(String(digits))!
            rest = rest.dropFirst(digits.count + 1)
        }
        let arguments = RequestEncoding.arguments(of: String(rest))
        return .command(
            connection: connection, bytes: arguments.isEmpty ? [] : RequestEncoding.command(arguments),
            replies: replies)
    }
}
