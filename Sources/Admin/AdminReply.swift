public import Bytes
import RESP

/// What a verb answers.
public indirect enum AdminReply: Sendable {
    case status(String)
    case error(String)
    case integer(Int)
    case text(ByteString)
    case list([AdminReply])
    /// Names and values, which RESP2 has as a list of both in turn.
    case map([(String, AdminReply)])
    case none

    /// One bulk string a line.
    public static func lines(_ lines: [String]) -> AdminReply { .list(lines.map { .text(ByteString($0)) }) }

    /// Names and values, as `redis-cli` prints them well.
    public static func pairs(_ pairs: [(String, AdminReply)]) -> AdminReply { .map(pairs) }

    /// - Parameter version: of RESP, 2 or 3.
    func write(to output: inout ByteBuffer, version: Int) {
        switch self {
        case .status(let text): ReplyEncoder.status(text, into: &output)
        case .error(let text): ReplyEncoder.error(text, into: &output)
        case .integer(let value): ReplyEncoder.integer(value, into: &output)
        case .text(let bytes): ReplyEncoder.bulk(bytes, into: &output)
        case .list(let elements):
            ReplyEncoder.array(count: elements.count, into: &output)
            for element in elements { element.write(to: &output, version: version) }
        case .map(let pairs):
            if version == 3 {
                ReplyEncoder.map(count: pairs.count, into: &output)
            } else {
                ReplyEncoder.array(count: 2 * pairs.count, into: &output)
            }
            for (name, value) in pairs {
                ReplyEncoder.bulk(ByteString(name), into: &output)
                value.write(to: &output, version: version)
            }
        case .none: ReplyEncoder.none(version: version, into: &output)
        }
    }
}
