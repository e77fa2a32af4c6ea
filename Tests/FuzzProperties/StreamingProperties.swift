import Bytes
import Commands
import RESP
import Relay

/// What holds of requests that are too large to gather.
enum StreamingProperties {
    static let all = [
        Property("a streamed request ends where a gathered one does", endsAlike),
        Property("a streamed request keeps no more than came, and every short argument", keepsArguments),
        Property("a streamed request has the keys and the effect of a gathered one", hasKeys),
    ]

    /// Longer options are forgotten, longer names cut.
    private static let (longestOption, longestName) = (32, 4097)

    /// A request read in both ways.
    private struct Both {
        var gathered: ScannedRequest
        /// Where the streamed request ended, counted from the start of the input; nil if it did not.
        var end: Int?
        var hasFailed = false
        var arguments: [Argument] = []
        var kept: [UInt8] = []
    }

    /// Nil when the request is never large.
    private static func read(_ input: [UInt8]) -> Both? {
        var limits = RequestProperties.limits[0]
        let whole = ScannedRequest(input, limits)
        limits.gatheredBytes = 48
        let growing = stride(from: 1, through: input.count, by: 1 + input.count / 512)
        let begun = ScannedRequest(input, ends: growing, limits)
        guard begun.outcome == .large else { return nil }
        var scanner = RequestScanner()
        let prefix = Array(input[..<begun.seen])
        guard scanner.scan(prefix.span, limits) == .large else { return nil }
        let facts = CommandTable.builtin.lookup(prefix.span, scanner.arguments.span)
        var streamed = StreamedRequest(
            scanner, prefix.span, facts,
            StreamedRequest.Limits(
                bulkBytes: limits.bulkBytes, arguments: limits.arguments, keptBytes: .max))
        var both = Both(gathered: whole)
        var offset = scanner.scanned
        for end in [begun.seen, max(begun.seen, RequestProperties.cut(input)), input.count] {
            switch streamed.feed(input.span.extracting(offset..<end)) {
            case .complete(let count):
                both.end = offset + count
            case .failed: both.hasFailed = true
            case .partial:
                offset = end
                continue
            }
            break
        }
        both.kept = ByteString(streamed.kept.span).bytes
        let found = streamed.arguments.span
        for index in found.indices { both.arguments.append(found[index]) }
        return both
    }

    private static func endsAlike(_ input: [UInt8]) -> String? {
        guard let both = read(input) else { return nil }
        let isAlike =
            switch both.gathered.outcome {
            case .complete(let length): both.end == length
            // A header may be hopeless before it has ended.
            default: both.end == nil
            }
        return isAlike ? nil : "\(both.gathered.outcome), streamed \(both)"
    }

    private static func keepsArguments(_ input: [UInt8]) -> String? {
        guard let both = read(input) else { return nil }
        if both.kept.count > input.count { return "\(both.kept.count) bytes of \(input.count)" }
        if both.arguments.count * 4 > input.count { return "\(both.arguments.count) arguments" }
        guard both.end != nil else { return nil }
        guard both.arguments.count == both.gathered.arguments.count else { return "\(both)" }
        for (argument, original) in zip(both.arguments, both.gathered.arguments) {
            let kept = both.kept[argument.offset..<(argument.offset + argument.count)]
            let isWhole = kept.elementsEqual(original.bytes)
            if original.count <= longestOption, !isWhole { return "lost '\(original)'" }
            if !original.bytes.starts(with: kept) { return "'\(original)' became \(Array(kept))" }
        }
        return nil
    }

    private static func hasKeys(_ input: [UInt8]) -> String? {
        guard let both = read(input), both.end != nil else { return nil }
        let table = CommandTable.builtin
        let gathered = LaidOutRequest(both.gathered.arguments.map(\.bytes))
        let streamed = LaidOutRequest(buffer: both.kept, arguments: both.arguments)
        let (left, right) = (gathered.reading(by: table), streamed.reading(by: table))
        if left != right { return "\(left), streamed \(right)" }
        for use in left.uses {
            let (key, kept) = (gathered.argument(use.argument), streamed.argument(use.argument))
            if key.prefix(longestName) != kept { return "key \(use.argument) became \(Array(kept))" }
        }
        return nil
    }
}
