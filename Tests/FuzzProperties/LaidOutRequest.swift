import Bytes
import Commands
import RESP

/// A request as the relay sees it: one buffer, and where each argument lies in it.
struct LaidOutRequest {
    let buffer: [UInt8]
    let arguments: [Argument]

    init(buffer: [UInt8], arguments: [Argument]) {
        self.buffer = buffer
        self.arguments = arguments
    }

    init(_ words: [[UInt8]]) {
        var offset = 0
        arguments = words.map { word in
            defer { offset += word.count }
            return Argument(offset: offset, count: word.count)
        }
        buffer = words.flatMap { $0 }
    }

    func argument(_ index: Int) -> ArraySlice<UInt8> {
        buffer[arguments[index].offset..<(arguments[index].offset + arguments[index].count)]
    }

    /// Everything that a table of commands says of a request.
    struct Reading: Equatable {
        var name: ByteString
        var uses: [KeyUse] = []
        var isMutation: Bool
        var isConditional: Bool
        var blocks: Bool
        var rule: ReplyRule
    }

    func facts(by table: CommandTable) -> CommandFacts { table.lookup(buffer.span, arguments.span) }

    func reading(by table: CommandTable) -> Reading {
        let facts = facts(by: table)
        let (buffer, arguments) = (self.buffer.span, self.arguments.span)
        var reading = Reading(
            name: table.name(of: facts), isMutation: table.isMutation(facts, buffer, arguments),
            isConditional: table.isConditional(facts, buffer, arguments),
            blocks: table.blocks(facts, buffer, arguments),
            rule: table.replyRule(for: facts, buffer, arguments))
        table.keys(facts, buffer, arguments, into: &reading.uses)
        return reading
    }
}
