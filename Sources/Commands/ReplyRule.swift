public import Bytes
public import RESP

/// The beginning of a reply: all that is needed to tell whether a write changed something.
public struct ReplyVerdict: BitwiseCopyable, Sendable, Hashable {
    /// The reply's first byte.
    public var type: UInt8
    /// An integer's value; the length of a bulk string or an aggregate; -1 for nil.
    public var number: Int
    /// What the text of an error says.
    public var error: ErrorMeaning

    @inlinable public init(type: UInt8, number: Int, error: ErrorMeaning = []) {
        self.type = type
        self.number = number
        self.error = error
    }

    public init(_ reply: borrowing ReplyScanner) {
        self.init(type: reply.type, number: reply.isNil ? -1 : reply.number, error: reply.error)
    }

    @inlinable public var isError: Bool { type == ASCII.minus || type == 0x21 }
    /// `_`, `$-1` or `*-1`.
    @inlinable public var isNil: Bool { type == 0x5f || (isSized && number < 0) }

    @inlinable var isInteger: Bool { type == ASCII.colon }

    /// A bulk or verbatim string, an array, a set, a map or a push.
    @usableFromInline var isSized: Bool {
        switch type {
        case ASCII.dollar, ASCII.asterisk, 0x3d, 0x7e, 0x25, 0x3e: true
        default: false
        }
    }

    @usableFromInline var isEmptyAggregate: Bool {
        isSized && type != ASCII.dollar && type != 0x3d && number == 0
    }
}

/// When the reply of a write says that nothing was changed.
///
/// An error always says so, except to a script, or MIGRATE: one that fails halfway keeps what it did. That it
/// has not begun, only the error's text says. When in doubt a write changed something: a needless miss is
/// cheap, a stale value is not.
public enum ReplyRule: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// Every reply but an error means that something changed.
    case never
    case whenZero
    /// `:0` or less; LINSERT answers -1 when the pivot is missing.
    case whenNotPositive
    case whenNil
    /// Any reply but nil: `SET NX GET` answers the value that was in the way.
    case unlessNil
    case whenNilOrEmpty
    /// Not even an error means that nothing changed, unless it says that nothing began: scripts.
    case notEvenWhenError

    /// Whether `verdict` says that something changed.
    public func changed(_ verdict: ReplyVerdict) -> Bool {
        if verdict.isError { return self == .notEvenWhenError && !verdict.error.contains(.neverBegan) }
        switch self {
        case .never, .notEvenWhenError: return true
        case .whenZero: return !(verdict.isInteger && verdict.number == 0)
        case .whenNotPositive: return !(verdict.isInteger && verdict.number <= 0)
        case .whenNil: return !verdict.isNil
        case .unlessNil: return verdict.isNil
        case .whenNilOrEmpty: return !verdict.isNil && !verdict.isEmptyAggregate
        }
    }
}
