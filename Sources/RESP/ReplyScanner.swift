import Bytes

/// Follows replies through a stream of bytes and tells where each one ends.
///
/// It keeps its place between calls, down to the middle of a number, so nothing that arrived has to be kept
/// for it. Of the reply it remembers what decides its meaning: the type, the first number, the first word.
/// RESP2 and RESP3; nesting is followed without recursion, to a limit.
public struct ReplyScanner: ~Copyable {
    public enum Progress: Equatable, Sendable {
        /// The reply ends before this offset.
        case complete(end: Int)
        /// All bytes belong to the reply, and more to come.
        case partial
        /// The bytes are no RESP, or nested deeper than the limit: the stream cannot be trusted any more.
        case failed
    }

    private enum Phase { case type, number, line, body }

    /// The type byte of the reply: `+ - : $ *` and RESP3's; 0 before it came.
    public private(set) var type: UInt8 = 0
    /// The integer of `:`, the length or count of the other types (-1: nil); 0 for lines.
    public private(set) var number = 0
    /// The first eight and next eight bytes of the first word: the text of a line, or of the first bulk in an
    /// aggregate.
    public private(set) var word: (UInt64, UInt64) = (0, 0)
    /// The last integer element of an aggregate; in confirmations of a subscription it is their count.
    public private(set) var lastInteger = 0
    /// Type and number of each element of the outermost aggregate, collected when `collectsElements`.
    public private(set) var elements: [(type: UInt8, number: Int, error: ErrorMeaning)] = []
    public var collectsElements = false

    /// The beginning of the text of the last error that is the reply or one of its elements.
    private var errorText: [UInt8] = []
    private var phase = Phase.type
    private var current: UInt8 = 0
    private var value = 0
    private var isNegative = false
    private var hasDigits = false
    /// Whether the byte before, in a line or number, was CR: only CR and LF together end it.
    private var isAfterReturn = false
    private var wordLength = 0
    private var takesWord = false
    /// Bytes of a bulk, with its line end, still to come.
    private var body = 0
    /// Elements still to come in the innermost aggregate, and in those around it; around an attribute -1
    /// minus their number.
    private var remaining = 0
    private var outer: [Int] = []
    private let maxDepth: Int

    public init(maxDepth: Int = 1024) { self.maxDepth = maxDepth }

    /// Whether no byte of a reply has been seen since the last one ended.
    public var isBetweenReplies: Bool { type == 0 }
    public var isError: Bool { type == ASCII.minus || type == 0x21 }
    /// RESP2's nil bulk and nil array and RESP3's `_`.
    public var isNil: Bool {
        type == 0x5f || ((type == ASCII.dollar || type == ASCII.asterisk) && number == -1)
    }

    /// Whether the first word has come as far as it is kept.
    public var hasFirstWord: Bool {
        wordLength >= 16 || (wordLength > 0 && !(takesWord && (phase == .line || phase == .body)))
    }

    /// Whether the first word begins with `text`, of at most 16 bytes.
    public func wordBegins(with text: StaticString) -> Bool {
        for index in 0..<text.utf8CodeUnitCount {
            let expected = unsafe text.utf8Start[index]
            let half = index < 8 ? word.0 : word.1
            if UInt8(truncatingIfNeeded: half >> UInt64(56 - (index & 7) * 8)) != expected { return false }
        }
        return true
    }

    /// What an error that is the reply itself says.
    public var error: ErrorMeaning { isError ? ErrorMeaning(errorText.span) : [] }

    /// The first word as text, at most 16 bytes, up to a space.
    public var wordText: String {
        var bytes: [UInt8] = []
        for index in 0..<min(16, wordLength) {
            let half = index < 8 ? word.0 : word.1
            let byte = UInt8(truncatingIfNeeded: half >> UInt64(56 - (index & 7) * 8))
            if byte == ASCII.space { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes ready for the next reply; the facts of the last are gone.
    @inline(__always)
    public mutating func reset() {
        type = 0
        number = 0
        phase = .type
        remaining = 0
        if wordLength > 0 {
            word = (0, 0)
            wordLength = 0
        }
        if collectsElements {
            collectsElements = false
            elements.removeAll()
        }
        if !outer.isEmpty { outer.removeAll() }
        if !errorText.isEmpty { errorText.removeAll() }
        lastInteger = 0
    }

    /// Where the reply that begins at `start` ends, if it is one line or one bulk and all of it has come.
    ///
    /// Nil says nothing about the reply but that it must be scanned.
    @inline(__always)
    public static func endOfWhole(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start &+ 3 <= bytes.count else { return nil }
        switch unsafe bytes[unchecked: start] {
        case 0x24: return endOfBulk(bytes, from: start &+ 1)
        case 0x2b, 0x2d: return endOfLine(bytes, from: start &+ 1)
        case 0x3a: return endOfInteger(bytes, from: start &+ 1)
        default: return nil
        }
    }

    @inline(__always)
    private static func endOfBulk(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        if unsafe bytes[unchecked: start] == ASCII.minus { return endOfNil(bytes, from: start &+ 1) }
        var index = start
        var count = 0
        // One byte more than the longest length has to be there.
        let longest = min(bytes.count &- 1, start &+ 9)
        while index < longest {
            let digit = unsafe bytes[unchecked: index] &- ASCII.zero
            guard digit <= 9 else { break }
            count = count &* 10 &+ Int(digit)
            index &+= 1
        }
        let end = index &+ 4 &+ count
        guard index > start, end <= bytes.count,
            unsafe bytes[unchecked: index] == ASCII.carriageReturn,
            unsafe bytes[unchecked: index &+ 1] == ASCII.lineFeed
        else { return nil }
        return end
    }

    private static func endOfNil(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start &+ 3 <= bytes.count, bytes[start] == ASCII.zero + 1,
            bytes[start + 1] == ASCII.carriageReturn, bytes[start + 2] == ASCII.lineFeed
        else { return nil }
        return start + 3
    }

    @inline(__always)
    private static func endOfLine(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if unsafe bytes[unchecked: index] == ASCII.lineFeed {
                let isEnd = unsafe bytes[unchecked: index &- 1] == ASCII.carriageReturn
                return isEnd ? index &+ 1 : nil
            }
            index &+= 1
        }
        return nil
    }

    @inline(__always)
    private static func endOfInteger(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        let longest = min(bytes.count &- 1, start &+ 18)
        while index < longest, unsafe bytes[unchecked: index] &- ASCII.zero <= 9 { index &+= 1 }
        guard index > start, index &+ 1 < bytes.count,
            unsafe bytes[unchecked: index] == ASCII.carriageReturn,
            unsafe bytes[unchecked: index &+ 1] == ASCII.lineFeed
        else { return nil }
        return index &+ 2
    }

    /// Reads on from `start`, to the end of the reply or of the bytes.
    public mutating func scan(_ bytes: Span<UInt8>, from start: Int) -> Progress {
        var index = start
        while index < bytes.count {
            switch phase {
            case .type:
                guard begin(bytes[index]) else { return .failed }
                index += 1
            case .number:
                guard scanNumber(bytes, &index) else { return .failed }
                if isFinished { return .complete(end: index) }
            case .line:
                if scanLine(bytes, &index), endElement() { return .complete(end: index) }
            case .body:
                if scanBody(bytes, &index), endElement() { return .complete(end: index) }
            }
        }
        return .partial
    }

    /// Whether the reply has ended; after an attribute it has not begun.
    private var isFinished: Bool { phase == .type && outer.isEmpty && type != 0 }

    private mutating func begin(_ byte: UInt8) -> Bool {
        current = byte
        takesWord = false
        isAfterReturn = false
        if type == 0 { type = byte }
        switch byte {
        case 0x2b, 0x2d, 0x2c, 0x28, 0x23, 0x5f:
            takesWord = wordLength == 0
            phase = .line
            note(number: 0)
        case 0x3a, 0x24, 0x2a, 0x25, 0x7e, 0x3e, 0x7c, 0x3d, 0x21:
            value = 0
            isNegative = false
            hasDigits = false
            phase = .number
        default: return false
        }
        return true
    }

    /// Remembers the type and number of the reply itself or of an element of its outermost aggregate.
    private mutating func note(number value: Int) {
        if remaining == 0, outer.isEmpty {
            number = value
        } else if collectsElements, outer.count == 1, outer[0] >= 0, current != 0x7c {
            elements.append((current, value, []))
        }
    }

    /// Reads digits up to the line end; false for anything else.
    private mutating func scanNumber(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            let digit = byte &- ASCII.zero
            if digit <= 9, !isAfterReturn {
                let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
                guard !overflowed else { return false }
                value = product &+ Int(digit)
                hasDigits = true
            } else if byte == ASCII.carriageReturn, hasDigits, !isAfterReturn {
                isAfterReturn = true
            } else if byte == ASCII.lineFeed, isAfterReturn {
                return endNumber()
            } else if byte == ASCII.minus, !hasDigits, !isNegative {
                isNegative = true
            } else if byte != 0x2b || hasDigits {
                return false
            }
        }
        return true
    }

    private mutating func endNumber() -> Bool {
        let signed = isNegative ? 0 &- value : value
        note(number: signed)
        switch current {
        case ASCII.colon:
            lastInteger = signed
            finishElement()
        case ASCII.dollar, 0x3d, 0x21:
            guard signed >= -1, signed <= Int.max - 2 else { return false }
            guard signed >= 0 else {
                finishElement()
                return true
            }
            takesWord = wordLength == 0
            body = signed + 2
            phase = .body
        default: return beginAggregate(signed)
        }
        return true
    }

    /// Enters an aggregate of `count` elements, or pairs; -1 is RESP2's nil.
    private mutating func beginAggregate(_ count: Int) -> Bool {
        guard count >= -1, count <= Int(UInt32.max) else { return false }
        let isAttribute = current == 0x7c
        let elements = current == 0x25 || isAttribute ? count * 2 : count
        if isAttribute { return count >= 0 && beginAttribute(elements) }
        guard elements > 0 else {
            finishElement()
            return true
        }
        guard outer.count < maxDepth else { return false }
        outer.append(remaining)
        remaining = elements
        phase = .type
        return true
    }

    /// An attribute stands before the element it describes and is none itself: what is around it waits, as
    /// around an aggregate, but is marked by a negative number.
    private mutating func beginAttribute(_ parts: Int) -> Bool {
        if outer.isEmpty { type = 0 }
        phase = .type
        guard parts > 0 else { return true }
        guard outer.count < maxDepth else { return false }
        outer.append(-1 - remaining)
        remaining = parts
        return true
    }

    private mutating func scanLine(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        if current == ASCII.minus { keepError(bytes.extracting(index..<bytes.count)) }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == ASCII.lineFeed, isAfterReturn { return true }
            isAfterReturn = byte == ASCII.carriageReturn
            if takesWord, wordLength < 16, !isAfterReturn { take(byte) }
        }
        return false
    }

    private mutating func scanBody(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        let available = min(body, bytes.count - index)
        if takesWord, !outer.isEmpty {
            // The line end is part of `body` but not of the word.
            let letters = max(0, min(available, body - 2, 16 - wordLength))
            for offset in 0..<letters { take(bytes[index + offset]) }
        }
        if current == 0x21 { keepError(bytes.extracting(index..<(index + available))) }
        body -= available
        index += available
        return body == 0
    }

    /// Keeps what decides an error's meaning: of the reply, or of an element whose meaning somebody asks for.
    private mutating func keepError(_ text: Span<UInt8>) {
        guard outer.isEmpty || (collectsElements && outer.count == 1) else { return }
        for index in text.indices where errorText.count < ErrorMeaning.textBytes {
            if text[index] == ASCII.carriageReturn { return }
            errorText.append(text[index])
        }
    }

    /// The error that is an element of the outermost aggregate has been read.
    private mutating func noteError() {
        if outer.count == 1, outer[0] >= 0, let last = elements.indices.last {
            elements[last].error = ErrorMeaning(errorText.span)
            errorText.removeAll()
        }
    }

    private mutating func take(_ byte: UInt8) {
        let shift = UInt64(56 - (wordLength & 7) * 8)
        if wordLength < 8 { word.0 |= UInt64(byte) << shift } else { word.1 |= UInt64(byte) << shift }
        wordLength += 1
    }

    private mutating func endElement() -> Bool {
        if collectsElements, current == ASCII.minus || current == 0x21 { noteError() }
        finishElement()
        return isFinished
    }

    /// Counts an element as read, and with it the aggregates that it completes.
    private mutating func finishElement() {
        phase = .type
        guard !outer.isEmpty else { return }
        remaining -= 1
        while remaining == 0, let around = outer.popLast() {
            if around < 0 {
                remaining = -1 - around
                if outer.isEmpty { attributeEnded() }
                return
            }
            remaining = around
            if outer.isEmpty { return }
            remaining -= 1
        }
    }

    /// The attribute before the reply is read: the reply itself begins.
    private mutating func attributeEnded() {
        type = 0
        lastInteger = 0
        word = (0, 0)
        wordLength = 0
        lastInteger = 0
        elements.removeAll()
    }
}
