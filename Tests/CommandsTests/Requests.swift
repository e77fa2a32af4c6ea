import Bytes
import Commands
import RESP
import TestSupport

/// A request laid out as the relay sees it: one buffer and where each argument lies in it.
struct LaidOut {
    let buffer: [UInt8]
    let arguments: [Argument]

    init(_ words: [[UInt8]]) {
        var buffer: [UInt8] = []
        var arguments: [Argument] = []
        for word in words {
            arguments.append(Argument(offset: buffer.count, count: word.count))
            buffer += word
        }
        self.buffer = buffer
        self.arguments = arguments
    }

    /// Words separated by spaces; `""` is an empty one.
    init(_ line: String) { self.init(Self.words(line).map { Array($0.utf8) }) }

    static func words(_ line: String) -> [String] {
        line.split(separator: " ").map { $0 == "\"\"" ? "" : String($0) }
    }
}

extension CommandTable {
    func facts(_ request: LaidOut) -> CommandFacts {
        lookup(request.buffer.span, request.arguments.span)
    }

    func uses(_ request: LaidOut) -> [KeyUse] {
        var uses: [KeyUse] = []
        keys(facts(request), request.buffer.span, request.arguments.span, into: &uses)
        return uses
    }

    func isMutation(_ line: String) -> Bool {
        let request = LaidOut(line)
        return isMutation(facts(request), request.buffer.span, request.arguments.span)
    }

    func isConditional(_ line: String) -> Bool {
        let request = LaidOut(line)
        return isConditional(facts(request), request.buffer.span, request.arguments.span)
    }

    func replyRule(_ line: String) -> ReplyRule {
        let request = LaidOut(line)
        return replyRule(for: facts(request), request.buffer.span, request.arguments.span)
    }

    func blocks(_ line: String) -> Bool {
        let request = LaidOut(line)
        return blocks(facts(request), request.buffer.span, request.arguments.span)
    }
}

extension HiredisClient {
    func send(_ line: String) throws -> Reply { try command(LaidOut.words(line).map { Array($0.utf8) }) }
}
