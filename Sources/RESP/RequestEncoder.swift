public import Bytes

/// Writes requests in their one canonical form.
public enum RequestEncoder {
    /// Begins a request of `count` arguments.
    @inlinable public static func begin(count: Int, into output: inout ByteBuffer) {
        output.append(ASCII.asterisk)
        output.append(decimal: count)
        output.append("\r\n")
    }

    /// Appends the next argument.
    @inlinable public static func append(_ argument: Span<UInt8>, into output: inout ByteBuffer) {
        output.append(ASCII.dollar)
        output.append(decimal: argument.count)
        output.append("\r\n")
        output.append(argument)
        output.append("\r\n")
    }

    /// Appends a whole request.
    public static func append(_ arguments: [ByteString], into output: inout ByteBuffer) {
        begin(count: arguments.count, into: &output)
        for argument in arguments { append(argument.span, into: &output) }
    }

    /// Appends the request whose `arguments` lie in `bytes`.
    public static func append(
        _ arguments: Span<Argument>, of bytes: Span<UInt8>, into output: inout ByteBuffer
    ) {
        begin(count: arguments.count, into: &output)
        for index in arguments.indices { append(arguments[index].view(in: bytes), into: &output) }
    }
}
