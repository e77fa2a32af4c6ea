import Hiredis

/// An answer of the admin port that names things and tells fields of each.
public struct AdminRecord: Sendable {
    public enum Value: Sendable {
        case text(String)
        case number(Int)

        public var text: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            }
        }
    }

    public var name: String
    public var fields: [(name: String, value: Value)]

    public subscript(field: String) -> String { fields.first { $0.name == field }?.value.text ?? "" }
}

extension AdminClient {
    /// Sends one command and returns the things that its answer names.
    public func records(_ arguments: [String]) throws -> [AdminRecord] {
        let elements = try reply(to: arguments).elements ?? []
        return stride(from: 0, to: elements.count - 1, by: 2).map { index in
            let parts = elements[index + 1].elements ?? []
            let fields = stride(from: 0, to: parts.count - 1, by: 2).map { place in
                (name: Self.text(parts[place]), value: Self.value(parts[place + 1]))
            }
            return AdminRecord(name: Self.text(elements[index]), fields: fields)
        }
    }

    private static func value(_ reply: ReplyValue) -> AdminRecord.Value {
        if case .integer(let number) = reply { .number(number) } else { .text(text(reply)) }
    }
}
