import Bytes

/// Finds where a request ends and where its arguments lie, exactly as Redis 7.0 reads them.
///
/// The scanner looks at bytes and returns offsets; it copies nothing. When a request is incomplete it
/// remembers how far it came, so that bytes that arrive one at a time cost no more than bytes that arrive
/// together:
///
///     *3\r\n  $3\r\n SET \r\n  $1\r\n k \r\n  $5\r\n hello \r\n
///     count   header arg   ...          -> .complete(length: 31), arguments (8,3) (17,1) (24,5)
///
/// The rules (which bytes are skipped unchecked, when a length is refused, which limit applies where) are
/// those of
/// `processMultibulkBuffer` and `processInlineBuffer` in Redis's `networking.c`.
public struct RequestScanner: ~Copyable {
    public enum Outcome: Equatable, Sendable {
        /// A request of `length` bytes; `arguments` are its parts, never none.
        case complete(length: Int)
        /// `length` bytes that ask for nothing: an empty line, `*0`, `*-1`.
        case empty(length: Int)
        /// A line that is not RESP, `length` bytes with its end; read it with `InlineRequest`.
        case inline(length: Int)
        case incomplete
        /// The request will be longer than the limit given; what has come so far is scanned.
        case large
        case failed(ProtocolError)
    }

    public struct Limits: Sendable {
        /// Requests of more bytes are streamed instead of gathered.
        public var gatheredBytes = 64 * 1024
        /// The longest argument, Redis's `proto-max-bulk-len`.
        public var bulkBytes = 512 * 1024 * 1024
        public var arguments = 1_048_576
        /// Whether Redis's limits for clients that have not logged in apply: 10 arguments of 16 KiB.
        public var isUnauthenticated = false

        static let unauthenticatedArguments = 10
        static let unauthenticatedBulk = 16_384

        public init() {}

        /// Whether Redis takes a RESP request of these arguments from who has not logged in.
        public func allowsUnauthenticated(_ arguments: Span<Argument>) -> Bool {
            guard arguments.count <= Self.unauthenticatedArguments else { return false }
            for index in arguments.indices where arguments[index].count > Self.unauthenticatedBulk {
                return false
            }
            return true
        }
    }

    /// Redis's `PROTO_INLINE_MAX_SIZE`: the longest line, with or without a `*` or `$` in front.
    public static let longestLine = 64 * 1024

    /// The arguments found so far.
    public private(set) var arguments = ArgumentList()
    /// Whether the bytes are exactly what an encoder would have written; if not they must be encoded anew
    /// before they may share a link, since a reader with other habits could find other requests in them.
    public private(set) var isCanonical = true
    /// Arguments announced and not yet found; nil before the count was read.
    public private(set) var missing: Int?
    /// Offset up to which the bytes are understood.
    @usableFromInline var position = 0

    public init() {}

    /// How many of the bytes scanned so far are understood.
    public var scanned: Int { position }

    /// Forgets the request, to begin with another.
    @inlinable public mutating func reset() { restart() }

    @usableFromInline mutating func restart() {
        arguments.removeAll()
        isCanonical = true
        missing = nil
        position = 0
    }

    /// Scans the request at the start of `bytes`, or goes on where the last call left off with the same bytes
    /// and more.
    public mutating func scan(_ bytes: Span<UInt8>, _ limits: borrowing Limits) -> Outcome {
        guard !bytes.isEmpty else { return .incomplete }
        scanShort(bytes, limits)
        if missing == nil {
            guard bytes[0] == ASCII.asterisk else { return scanLine(bytes) }
            if let outcome = scanCount(bytes, limits) { return outcome }
        }
        while let left = missing, left > 0 {
            if let outcome = scanArgument(bytes, limits) { return outcome }
            missing = left - 1
        }
        return .complete(length: position)
    }

    /// Scans what is written as nearly all requests are: a count of one digit, plain lengths, whole
    /// arguments.
    ///
    /// It stops before anything else, which the careful functions below then look at.
    @inline(__always)
    private mutating func scanShort(_ bytes: Span<UInt8>, _ limits: borrowing Limits) {
        if missing == nil {
            guard bytes.count >= 4, bytes[0] == ASCII.asterisk, bytes[2] == ASCII.carriageReturn,
                bytes[3] == ASCII.lineFeed
            else { return }
            let count = Int(bytes[1] &- ASCII.zero)
            guard count > 0, count <= 9, !limits.isUnauthenticated else { return }
            missing = count
            position = 4
        }
        guard var left = missing, !limits.isUnauthenticated, arguments.count + left <= limits.arguments
        else { return }
        while left > 0, let argument = shortArgument(bytes, limits) {
            arguments.append(argument)
            position = argument.offset + argument.count + 2
            left -= 1
        }
        missing = left
    }

    /// The argument at `position`, if its length has at most five plain digits and all of it has come.
    @inline(__always)
    private func shortArgument(_ bytes: Span<UInt8>, _ limits: borrowing Limits) -> Argument? {
        var index = position
        guard index &+ 4 <= bytes.count, unsafe bytes[unchecked: index] == ASCII.dollar else { return nil }
        index &+= 1
        let first = unsafe bytes[unchecked: index] &- ASCII.zero
        guard first <= 9 else { return nil }
        var count = Int(first)
        index &+= 1
        let longest = min(bytes.count, index &+ 4)
        while index < longest, first != 0 {
            let digit = unsafe bytes[unchecked: index] &- ASCII.zero
            guard digit <= 9 else { break }
            count = count &* 10 &+ Int(digit)
            index &+= 1
        }
        let start = index &+ 2
        let end = start &+ count
        guard end &+ 2 <= bytes.count, count <= limits.bulkBytes,
            unsafe bytes[unchecked: index] == ASCII.carriageReturn,
            unsafe bytes[unchecked: index &+ 1] == ASCII.lineFeed,
            unsafe bytes[unchecked: end] == ASCII.carriageReturn,
            unsafe bytes[unchecked: end &+ 1] == ASCII.lineFeed
        else { return nil }
        return Argument(offset: start, count: count)
    }

    private func scanLine(_ bytes: Span<UInt8>) -> Outcome {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == ASCII.lineFeed { return .inline(length: index + 1) }
            if byte == 0 { return bytes[0] == 0x16 ? .failed(.tlsOnPlainPort) : .failed(.invalidInline) }
            index += 1
        }
        return bytes.count > Self.longestLine ? .failed(.tooBigInline) : .incomplete
    }

    private mutating func scanCount(_ bytes: Span<UInt8>, _ limits: borrowing Limits) -> Outcome? {
        guard let line = header(bytes, from: 1) else {
            return bytes.count > Self.longestLine ? .failed(.tooBigCount) : .incomplete
        }
        guard let count = line.value, count <= Int(Int32.max) else { return .failed(.invalidCount) }
        if limits.isUnauthenticated, count > Limits.unauthenticatedArguments {
            return .failed(.unauthenticatedCount)
        }
        position = line.end
        if count <= 0 { return .empty(length: position) }
        missing = count
        return nil
    }

    private mutating func scanArgument(_ bytes: Span<UInt8>, _ limits: borrowing Limits) -> Outcome? {
        let start = position
        guard start < bytes.count else { return short(of: start + 1, limits) }
        // The line may end at once, where something else than `$` stands.
        let digits = bytes[start] == ASCII.carriageReturn ? start : start + 1
        guard let line = header(bytes, from: digits) else {
            if bytes.count - start > Self.longestLine { return .failed(.tooBigBulkHeader) }
            return short(of: start + 1, limits)
        }
        guard bytes[start] == ASCII.dollar else { return .failed(.expectedDollar(found: bytes[start])) }
        guard let count = line.value, count >= 0, count <= limits.bulkBytes else {
            return .failed(.invalidBulkLength)
        }
        if limits.isUnauthenticated, count > Limits.unauthenticatedBulk {
            return .failed(.unauthenticatedBulk)
        }
        if arguments.count >= limits.arguments { return .failed(.tooManyArguments) }
        let end = line.end + count
        guard bytes.count >= end + 2 else { return short(of: end + 2, limits) }
        if bytes[end] != ASCII.carriageReturn || bytes[end + 1] != ASCII.lineFeed { isCanonical = false }
        arguments.append(Argument(offset: line.end, count: count))
        position = end + 2
        return nil
    }

    /// More bytes are needed, `needed` in all at least: too many to gather, or to be waited for.
    private func short(of needed: Int, _ limits: borrowing Limits) -> Outcome {
        needed > limits.gatheredBytes ? .large : .incomplete
    }

    /// The number between `from` and the next CR, and the offset behind the line; nil while the line is
    /// incomplete.
    ///
    /// The byte after the CR must have come but is not looked at, as in Redis.
    @inline(__always)
    private mutating func header(_ bytes: Span<UInt8>, from: Int) -> (value: Int?, end: Int)? {
        var index = from
        var value = 0
        var digits = 0
        while index < bytes.count {
            let digit = bytes[index] &- ASCII.zero
            if digit > 9 { break }
            value = value &* 10 &+ Int(digit)
            digits += 1
            index += 1
        }
        let isPlain = digits > 0 && digits <= 10 && (digits == 1 || bytes[from] != ASCII.zero)
        while index < bytes.count, bytes[index] != ASCII.carriageReturn { index += 1 }
        guard index + 1 < bytes.count else { return nil }
        if bytes[index + 1] != ASCII.lineFeed { isCanonical = false }
        if isPlain, index == from + digits { return (value, index + 2) }
        return (ASCII.integer(bytes.extracting(from..<index)), index + 2)
    }
}
