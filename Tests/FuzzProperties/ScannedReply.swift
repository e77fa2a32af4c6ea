import Bytes
import RESP

/// What scanning said of the reply at the start of some bytes.
struct ScannedReply: Equatable {
    static let deepest = 64

    struct Element: Equatable {
        var type: UInt8
        var number: Int
    }

    var progress = ReplyScanner.Progress.partial
    var type: UInt8 = 0
    var number = 0
    var word = ""
    var lastInteger = 0
    var elements: [Element] = []

    /// Scans the bytes from `start` piece by piece, the pieces ending at `ends`.
    init(_ bytes: [UInt8], from start: Int = 0, ends: some Sequence<Int>) {
        var scanner = ReplyScanner(maxDepth: Self.deepest)
        self.init(bytes, from: start, ends: ends, with: &scanner)
    }

    init(_ bytes: [UInt8], from start: Int = 0) { self.init(bytes, from: start, ends: [bytes.count]) }

    init(
        _ bytes: [UInt8], from start: Int, ends: some Sequence<Int>, with scanner: inout ReplyScanner
    ) {
        scanner.collectsElements = true
        var offset = start
        for end in ends where end > offset && progress == .partial {
            progress = scanner.scan(bytes.span.extracting(offset..<end), from: 0)
            if case .complete(let length) = progress { progress = .complete(end: offset + length) }
            offset = end
        }
        // Of bytes that are no reply, nothing that was read counts.
        guard progress != .failed else { return }
        type = scanner.type
        number = scanner.number
        word = scanner.wordText
        lastInteger = scanner.lastInteger
        elements = scanner.elements.map { Element(type: $0.type, number: $0.number) }
    }

    /// Where the reply ends; nil when it does not.
    var end: Int? {
        if case .complete(let end) = progress { end } else { nil }
    }
}
