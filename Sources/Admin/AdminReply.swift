public import Bytes
import RESP

/// What a verb answers.
public indirect enum AdminReply: Sendable {
    case status(String)
    case error(String)
    case integer(Int)
    case text(ByteString)
    case list([AdminReply])

    /// One bulk string a line.
    public static func lines(_ lines: [String]) -> AdminReply { .list(lines.map { .text(ByteString($0)) }) }

    /// Names and values in turn, as `redis-cli` prints them well.
    public static func pairs(_ pairs: [(String, AdminReply)]) -> AdminReply {
        .list(pairs.flatMap { [.text(ByteString($0.0)), $0.1] })
    }

    func write(to output: inout ByteBuffer) {
        switch self {
        case .status(let text): ReplyEncoder.status(text, into: &output)
        case .error(let text): ReplyEncoder.error(text, into: &output)
        case .integer(let value): ReplyEncoder.integer(value, into: &output)
        case .text(let bytes): ReplyEncoder.bulk(bytes, into: &output)
        case .list(let elements):
            ReplyEncoder.array(count: elements.count, into: &output)
            for element in elements { element.write(to: &output) }
        }
    }
}
