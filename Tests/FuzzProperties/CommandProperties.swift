import Bytes
import Commands
import RESP

/// What holds of the table of commands, whatever the request.
enum CommandProperties {
    static let all = [
        Property("keys are arguments of the request, and never its name", keysAreArguments),
        Property("a command is the same in capitals and small letters", ignoresCase),
        Property("a request reads alike wherever its arguments lie", ignoresPlace),
        Property("a request that changes a key is a mutation", changesAreMutations),
    ]

    private static let table = CommandTable.builtin

    static func words(_ input: [UInt8]) -> [[UInt8]] {
        input.split(separator: ASCII.space, omittingEmptySubsequences: false).map { Array($0) }
    }

    private static func keysAreArguments(_ input: [UInt8]) -> String? {
        let request = LaidOutRequest(words(input))
        let reading = request.reading(by: table)
        for use in reading.uses where use.argument < 1 || use.argument >= request.arguments.count {
            return "\(reading) of \(request.arguments.count) arguments"
        }
        if reading.uses.count > request.arguments.count * 4 { return "\(reading.uses.count) keys" }
        let accepts = request.facts(by: table).accepts(argumentCount: request.arguments.count)
        return !accepts && !reading.uses.isEmpty ? "keys in a request that Redis refuses" : nil
    }

    private static func ignoresCase(_ input: [UInt8]) -> String? {
        let reading = LaidOutRequest(words(input)).reading(by: table)
        for spelling in [ASCII.uppercased, lowercased] {
            let other = LaidOutRequest(words(input.map(spelling))).reading(by: table)
            if other != reading { return "\(reading), \(other)" }
        }
        return nil
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
    }

    /// As laid out here, and between the headers of an encoded request.
    private static func ignoresPlace(_ input: [UInt8]) -> String? {
        let plain = LaidOutRequest(words(input))
        var encoded = ByteBuffer()
        RequestEncoder.append(words(input).map { ByteString($0) }, into: &encoded)
        var scanner = RequestScanner()
        let outcome = scanner.scan(encoded.span, RequestScanner.Limits())
        guard outcome == .complete(length: encoded.count) else { return "\(outcome)" }
        var arguments: [Argument] = []
        for index in scanner.arguments.span.indices { arguments.append(scanner.arguments.span[index]) }
        let wire = LaidOutRequest(buffer: ByteString(encoded.span).bytes, arguments: arguments)
        let (left, right) = (plain.reading(by: table), wire.reading(by: table))
        return left == right ? nil : "\(left), on the wire \(right)"
    }

    /// A time to live is the exception: it is a mutation only where it may end the value.
    private static func changesAreMutations(_ input: [UInt8]) -> String? {
        let request = LaidOutRequest(words(input))
        let reading = request.reading(by: table)
        let flags = request.facts(by: table).flags
        let changes = reading.uses.contains { $0.role.isMutation && $0.role != .expire }
        if changes, flags.contains(.write), !reading.isMutation { return "\(reading)" }
        if reading.isMutation, flags.contains(.readOnly) { return "read-only, and a mutation: \(reading)" }
        return nil
    }
}
