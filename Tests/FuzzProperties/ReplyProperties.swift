import Bytes
import RESP
import TestSupport

/// What holds of the reply parser.
enum ReplyProperties {
    static let all = [
        Property("a reply scans alike whole, cut in two and byte by byte", scansAlike),
        Property("replies follow one another without gap", followOneAnother),
        Property("a reply that is seen to be whole ends where scanning ends", isWhole),
        Property("a reply ends where a strict parser says, and is what it says", agreesWithParser),
        Property("a reply holds no more elements than came", isBounded),
        Property("a scanner that was reset is as a new one", resets),
    ]

    /// The replies that the input consists of, as far as they are whole.
    static func frames(_ input: [UInt8]) -> [(range: Range<Int>, reply: ScannedReply)] {
        var frames: [(range: Range<Int>, reply: ScannedReply)] = []
        var start = 0
        while start < input.count {
            let reply = ScannedReply(input, from: start)
            guard let end = reply.end, end > start else { break }
            frames.append((start..<end, reply))
            start = end
        }
        return frames
    }

    private static func scansAlike(_ input: [UInt8]) -> String? {
        let whole = ScannedReply(input)
        let cut = ScannedReply(input, ends: [RequestProperties.cut(input), input.count])
        if cut != whole { return "whole \(whole), cut \(cut)" }
        let dripped = ScannedReply(input, ends: 1..<(input.count + 1))
        return dripped == whole ? nil : "whole \(whole), byte by byte \(dripped)"
    }

    /// One scanner for all of them, as on a link.
    private static func followOneAnother(_ input: [UInt8]) -> String? {
        var scanner = ReplyScanner(maxDepth: ScannedReply.deepest)
        for (range, reply) in frames(input) {
            scanner.reset()
            let again = ScannedReply(input, from: range.lowerBound, ends: [input.count], with: &scanner)
            if again != reply { return "from \(range.lowerBound): \(reply), on the link \(again)" }
        }
        return nil
    }

    private static func isWhole(_ input: [UInt8]) -> String? {
        for start in input.indices {
            guard let end = ReplyScanner.endOfWhole(input.span, from: start) else { continue }
            let reply = ScannedReply(input, from: start)
            if reply.end != end { return "from \(start) to \(end), scanned \(reply)" }
        }
        return nil
    }

    private static func agreesWithParser(_ input: [UInt8]) -> String? {
        guard let (reply, end) = try? ReplyParser.parse(input) else { return nil }
        let scanned = ScannedReply(input)
        if scanned.progress == .failed, isDeep(input[..<end]) { return nil }
        guard scanned.end == end else { return "ends at \(end), scanned \(scanned)" }
        var plain = reply
        while case .attributed(_, let inner) = plain { plain = inner }
        if let problem = differs(scanned, from: plain) { return "\(plain), scanned \(scanned): \(problem)" }
        return nil
    }

    /// Whether there are enough aggregates to be nested too deeply.
    private static func isDeep(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count { "*%~>|".utf8.contains($0) } > ScannedReply.deepest
    }

    private static func differs(_ scanned: ScannedReply, from reply: Reply) -> String? {
        switch reply {
        case .integer(let value): return scanned.number == value ? nil : "its number"
        case .bulk(let bytes), .bulkError(let bytes), .verbatim(let bytes):
            return scanned.number == bytes.count ? nil : "its length"
        case .map(let elements):
            return scanned.number * 2 == elements.count ? differ(scanned, elements) : "its count"
        default: break
        }
        guard let elements = reply.elements else {
            return scanned.elements.isEmpty ? nil : "elements, and no aggregate"
        }
        return scanned.number == elements.count ? differ(scanned, elements) : "its count"
    }

    private static func differ(_ scanned: ScannedReply, _ elements: [Reply]) -> String? {
        guard scanned.elements.count == elements.count else { return "\(elements.count) elements" }
        for (found, element) in zip(scanned.elements, elements) {
            if case .integer(let value) = element, found.number != value { return "the element \(value)" }
            if case .bulk(let bytes) = element, found.number != bytes.count { return "a bulk" }
            if element.isError, found.type != ASCII.minus, found.type != 0x21 { return "an error" }
        }
        return nil
    }

    private static func isBounded(_ input: [UInt8]) -> String? {
        let reply = ScannedReply(input)
        return reply.elements.count * 2 <= input.count ? nil : "\(reply.elements.count) elements"
    }

    private static func resets(_ input: [UInt8]) -> String? {
        let cut = RequestProperties.cut(input)
        var scanner = ReplyScanner(maxDepth: ScannedReply.deepest)
        _ = ScannedReply(input, from: 0, ends: [cut], with: &scanner)
        scanner.reset()
        let used = ScannedReply(input, from: cut, ends: [input.count], with: &scanner)
        let new = ScannedReply(input, from: cut)
        return used == new ? nil : "behind \(cut) bytes: \(used) instead of \(new)"
    }
}
