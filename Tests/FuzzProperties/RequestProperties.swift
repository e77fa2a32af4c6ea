import Bytes
import RESP
import TestSupport

/// What holds of the request parser.
enum RequestProperties {
    static let all = [
        Property("a request scans alike whole, cut in two and piece by piece", scansAlike),
        Property("requests follow one another without gap, each within what came", followOneAnother),
        Property("a request encoded anew has the same arguments", encodesAlike),
        Property("an incomplete request holds no more than came", isBounded),
        Property("a scanner that was reset is as a new one", resets),
    ]

    /// The defaults, limits so low that small inputs reach them, and those before a login.
    static let limits: [RequestScanner.Limits] = {
        var small = RequestScanner.Limits()
        small.gatheredBytes = 64
        small.bulkBytes = 100
        small.arguments = 4
        var stranger = RequestScanner.Limits()
        stranger.isUnauthenticated = true
        return [RequestScanner.Limits(), small, stranger]
    }()

    /// A place in the input that the input itself decides.
    static func cut(_ input: [UInt8]) -> Int {
        input.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xffff } % (input.count + 1)
    }

    /// Ends of pieces: one byte each, or 256 pieces of a long input.
    private static func drips(_ input: [UInt8]) -> [Int] {
        Array(stride(from: 1, to: input.count, by: max(1, input.count / 256))) + [input.count]
    }

    private static func scansAlike(_ input: [UInt8]) -> String? {
        for limits in Self.limits {
            let whole = ScannedRequest(input, limits)
            for ends in [[cut(input), input.count], drips(input)] {
                let pieces = ScannedRequest(input, ends: ends, limits)
                // With fewer bytes there, the request had to be streamed earlier.
                if pieces.outcome == .large { continue }
                if pieces.agrees(with: whole) { continue }
                return "whole \(whole), in pieces up to \(ends.prefix(9)): \(pieces)"
            }
        }
        return nil
    }

    private static func followOneAnother(_ input: [UInt8]) -> String? {
        var rest = input
        while !rest.isEmpty {
            let request = ScannedRequest(rest, limits[0])
            guard let length = request.length else { return nil }
            guard length > 0, length <= rest.count else { return "\(length) of \(rest.count) bytes" }
            let carried = request.arguments.reduce(0) { $0 + $1.count }
            if carried > length { return "\(carried) bytes of arguments in \(length)" }
            if case .complete = request.outcome, request.arguments.isEmpty { return "no arguments" }
            rest.removeFirst(length)
        }
        return nil
    }

    private static func encodesAlike(_ input: [UInt8]) -> String? {
        let request = ScannedRequest(input, limits[0])
        var encoded = ByteBuffer()
        switch request.outcome {
        case .complete(let length):
            RequestEncoder.append(request.arguments, into: &encoded)
            let isSame = ByteString(encoded.span).bytes == Array(input[..<length])
            if request.isCanonical, !isSame { return "canonical, and yet encoded otherwise" }
            return differs(encoded, from: request.arguments)
        case .inline(let length):
            guard let count = try? InlineRequest.encode(input.span.extracting(0..<length), into: &encoded)
            else { return nil }
            if count == 0 { return encoded.isEmpty ? nil : "no words, but bytes" }
            let again = ScannedRequest(ByteString(encoded.span).bytes, limits[0])
            if again.arguments.count != count { return "\(count) words, read as \(again)" }
            return differs(encoded, from: again.arguments)
        default: return nil
        }
    }

    private static func differs(_ encoded: borrowing ByteBuffer, from arguments: [ByteString]) -> String? {
        let again = ScannedRequest(ByteString(encoded.span).bytes, limits[0])
        if again.outcome != .complete(length: encoded.count) { return "encoded: \(again.outcome)" }
        if !again.isCanonical { return "not canonical when encoded" }
        return again.arguments == arguments ? nil : "encoded: \(again.arguments)"
    }

    /// The least argument is `$0`, CR and one byte, and two bytes more.
    private static func isBounded(_ input: [UInt8]) -> String? {
        for limits in Self.limits {
            let request = ScannedRequest(input, limits)
            let count = request.arguments.count
            if count * 6 > input.count { return "\(count) arguments in \(input.count) bytes" }
            if count > limits.arguments { return "\(count) arguments, \(limits.arguments) allowed" }
        }
        return nil
    }

    private static func resets(_ input: [UInt8]) -> String? {
        let (first, second) = (Array(input[..<cut(input)]), Array(input[cut(input)...]))
        for limits in Self.limits {
            var used = RequestScanner()
            _ = used.scan(first.span, limits)
            used.reset()
            var new = RequestScanner()
            let (left, right) = (used.scan(second.span, limits), new.scan(second.span, limits))
            guard left == right, used.arguments.count == new.arguments.count,
                used.isCanonical == new.isCanonical, used.missing == new.missing
            else { return "after \(describe(first)): \(left) instead of \(right)" }
        }
        return nil
    }
}
