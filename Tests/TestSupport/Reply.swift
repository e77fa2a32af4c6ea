/// A reply of Redis, RESP2 or RESP3, as the tests read it.
///
/// Independent of the product's own parser on purpose: both being wrong in the same way must be unlikely.
public indirect enum Reply: Sendable, Equatable {
    case simple(String)
    case error(String)
    case integer(Int)
    case bulk([UInt8])
    /// `$-1`, `*-1` or `_`.
    case null
    case array([Reply])
    /// A map's keys and values by turns.
    case map([Reply])
    case set([Reply])
    case push([Reply])
    case double(String)
    case boolean(Bool)
    case bigNumber(String)
    case bulkError([UInt8])
    case verbatim([UInt8])
    /// An attribute's keys and values, and the reply that it precedes.
    case attributed([Reply], Reply)

    /// A string, simple or bulk, or an error's text; nil for anything else.
    public var text: String? {
        switch self {
        case .simple(let text), .error(let text): text
        case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// The bytes of a bulk.
    public var bytes: [UInt8]? {
        if case .bulk(let bytes) = self { bytes } else { nil }
    }

    public var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    public var elements: [Reply]? {
        switch self {
        case .array(let elements), .map(let elements), .set(let elements), .push(let elements): elements
        default: nil
        }
    }

    public var isError: Bool {
        switch self {
        case .error, .bulkError: true
        default: false
        }
    }

    public static func bulk(_ text: String) -> Reply { .bulk(Array(text.utf8)) }
}
