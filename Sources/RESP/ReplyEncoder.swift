public import Bytes

/// Writes replies for what Freshet answers itself.
public enum ReplyEncoder {
    public static func status(_ text: String, into output: inout ByteBuffer) {
        line(0x2b, text, into: &output)
    }

    /// - Parameter text: begins with an upper-case code, `ERR …`.
    public static func error(_ text: String, into output: inout ByteBuffer) {
        line(0x2d, text, into: &output)
    }

    public static func integer(_ value: Int, into output: inout ByteBuffer) {
        output.append(ASCII.colon)
        output.append(decimal: value)
        output.append("\r\n")
    }

    public static func bulk(_ bytes: ByteString, into output: inout ByteBuffer) {
        RequestEncoder.append(bytes.span, into: &output)
    }

    /// Begins an array; its elements follow.
    public static func array(count: Int, into output: inout ByteBuffer) {
        RequestEncoder.begin(count: count, into: &output)
    }

    /// Begins a map of RESP3; its keys and values follow, `count` of each.
    public static func map(count: Int, into output: inout ByteBuffer) {
        output.append(0x25)
        output.append(decimal: count)
        output.append("\r\n")
    }

    /// Nothing, where something might have been.
    public static func none(version: Int, into output: inout ByteBuffer) {
        output.append(version == 3 ? "_\r\n" : "$-1\r\n")
    }

    /// Line ends within `text` become spaces, so that it cannot pass for more than one reply.
    private static func line(_ type: UInt8, _ text: String, into output: inout ByteBuffer) {
        output.append(type)
        for byte in text.utf8 { output.append(byte < 0x20 ? ASCII.space : byte) }
        output.append("\r\n")
    }
}
