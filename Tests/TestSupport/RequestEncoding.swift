/// Requests as bytes.
public enum RequestEncoding {
    /// A command as an array of bulks, the only canonical form.
    public static func command(_ arguments: [[UInt8]]) -> [UInt8] {
        var bytes = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments {
            bytes += Array("$\(argument.count)\r\n".utf8) + argument + [13, 10]
        }
        return bytes
    }

    public static func command(_ arguments: [String]) -> [UInt8] {
        command(arguments.map { Array($0.utf8) })
    }

    /// Splits a line into arguments as `redis-cli` does: blanks separate, double quotes group and know
    /// `\xHH`.
    public static func arguments(of line: String) -> [[UInt8]] {
        var arguments: [[UInt8]] = []
        var rest = Array(line.utf8)[...]
        while let first = rest.first {
            if first == UInt8(ascii: " ") {
                rest.removeFirst()
            } else if first == UInt8(ascii: "\"") {
                rest.removeFirst()
                arguments.append(quoted(&rest))
            } else {
                let word = rest.prefix { $0 != UInt8(ascii: " ") }
                arguments.append(Array(word))
                rest.removeFirst(word.count)
            }
        }
        return arguments
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "n"): bytes.append(10)
            case UInt8(ascii: "r"): bytes.append(13)
            case UInt8(ascii: "t"): bytes.append(9)
            case UInt8(ascii: "x"):
                bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            default: bytes.append(escape)
            }
        }
        return bytes
    }
}
