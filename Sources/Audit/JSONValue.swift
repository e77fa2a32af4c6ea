/// A JSON value as read from an audit line; strings are bytes, so that nothing is lost or normalised.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The digits as written.
    case number(String)
    case string([UInt8])
    case array([JSONValue])
    /// Members in the order of the text.
    case object([Member])

    struct Member: Sendable, Equatable {
        var name: String
        var value: JSONValue
    }

    /// The first member of that name of an object.
    subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var bytes: [UInt8]? {
        guard case .string(let bytes) = self else { return nil }
        return bytes
    }

    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    var integer: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits)
    }

    var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}
