import Bytes
import RESP

/// What scanning said of the request at the start of some bytes.
struct ScannedRequest: Equatable {
    var outcome: RequestScanner.Outcome
    var arguments: [ByteString] = []
    var isCanonical = true
    /// Offset of the first byte that no argument found so far covers; where streaming would begin.
    var scanned = 0
    /// How many of the bytes had come when scanning ended.
    var seen = 0

    /// Scans ever longer beginnings, one for each of `ends`, up to the first that decides.
    init(_ bytes: [UInt8], ends: some Sequence<Int>, _ limits: RequestScanner.Limits) {
        var scanner = RequestScanner()
        outcome = .incomplete
        for end in ends {
            outcome = scanner.scan(bytes.span.extracting(0..<end), limits)
            seen = end
            if outcome != .incomplete { break }
        }
        scanned = scanner.scanned
        let found = scanner.arguments.span
        for index in found.indices { arguments.append(ByteString(found[index].view(in: bytes.span))) }
        if case .complete = outcome { isCanonical = scanner.isCanonical }
    }

    init(_ bytes: [UInt8], _ limits: RequestScanner.Limits) {
        self.init(bytes, ends: [bytes.count], limits)
    }

    /// How many bytes the request takes; nil when it did not end well.
    var length: Int? {
        switch outcome {
        case .complete(let length), .empty(let length), .inline(let length): length
        default: nil
        }
    }

    /// Whether both say the same of a request, however the bytes came.
    func agrees(with other: ScannedRequest) -> Bool {
        outcome == other.outcome && arguments == other.arguments && isCanonical == other.isCanonical
    }
}
