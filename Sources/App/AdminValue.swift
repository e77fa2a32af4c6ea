import Bytes
import Hiredis

/// An answer of the admin port, as the command line shows it.
public enum AdminValue: Sendable, Equatable {
    case integer(Int)
    case text(String)
    case list([AdminValue])

    init(_ reply: ReplyValue) {
        if case .integer(let value) = reply {
            self = .integer(value)
        } else if let elements = reply.elements {
            self = .list(elements.map { AdminValue($0) })
        } else {
            self = .text(reply.bytes?.text ?? "")
        }
    }

    public var text: String {
        switch self {
        case .integer(let value): "\(value)"
        case .text(let text): ByteString(text).description
        case .list(let elements): elements.map(\.text).joined(separator: " ")
        }
    }

    /// The text as it came, not to be shown as it is.
    public var rawText: String { if case .text(let text) = self { text } else { "" } }

    public var elements: [AdminValue] { if case .list(let elements) = self { elements } else { [] } }

    /// Names and values in turn.
    public var fields: [(name: String, value: AdminValue)] {
        let elements = elements
        return stride(from: 0, to: elements.count - 1, by: 2).map { (elements[$0].text, elements[$0 + 1]) }
    }

    /// The value of a field; empty where there is none.
    public subscript(_ name: String) -> String { fields.first { $0.name == name }?.value.text ?? "" }

    /// Fields as a JSON object: numbers where the text is one, the others as strings.
    public var jsonObject: String {
        let members = fields.map { "\(Self.quoted($0.name)):\($0.value.json)" }
        return "{\(members.joined(separator: ","))}"
    }

    private var json: String {
        switch self {
        case .integer(let value): "\(value)"
        case .text(let text): Self.isNumber(text) ? text : text.isEmpty ? "null" : Self.quoted(text)
        case .list(let elements): "[\(elements.map { Self.quoted($0.text) }.joined(separator: ","))]"
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isPlain =
            parts.count <= 2
            && parts.allSatisfy { part in
                !part.isEmpty && part.count < 16 && part.allSatisfy { (0x30...0x39).contains($0) }
            }
        return isPlain && (parts[0].count == 1 || parts[0].first != 0x30)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension AdminClient {
    /// Sends one command and returns the answer as it is.
    public func value(_ arguments: [String]) throws -> AdminValue { AdminValue(try reply(arguments)) }
}
