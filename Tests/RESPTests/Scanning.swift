import Bytes
import RESP

/// What scanning a request said: the outcome, and the arguments when there are some.
struct Scanned: Equatable {
    var outcome: RequestScanner.Outcome
    var arguments: [String] = []
    var isCanonical = true

    /// Scans all bytes at once.
    static func whole(_ bytes: [UInt8], _ limits: RequestScanner.Limits = .init()) -> Scanned {
        var scanner = RequestScanner()
        return Scanned(scanner.scan(bytes.span, limits), scanner, bytes)
    }

    /// Scans ever longer beginnings of the bytes, one for each of `ends`, up to the first that decides.
    static func growing(_ bytes: [UInt8], ends: [Int], _ limits: RequestScanner.Limits = .init()) -> Scanned {
        var scanner = RequestScanner()
        for end in ends {
            let outcome = scanner.scan(bytes.span.extracting(0..<end), limits)
            if outcome != .incomplete || end == ends.last { return Scanned(outcome, scanner, bytes) }
        }
        return Scanned(outcome: .incomplete)
    }

    private init(_ outcome: RequestScanner.Outcome, _ scanner: borrowing RequestScanner, _ bytes: [UInt8]) {
        self.outcome = outcome
        guard case .complete = outcome else { return }
        isCanonical = scanner.isCanonical
        let found = scanner.arguments.span
        for index in found.indices { arguments.append(ByteString(found[index].view(in: bytes.span)).text) }
    }

    init(outcome: RequestScanner.Outcome, arguments: [String] = [], isCanonical: Bool = true) {
        self.outcome = outcome
        self.arguments = arguments
        self.isCanonical = isCanonical
    }
}
