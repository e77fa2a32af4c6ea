import Bytes
import Naming

extension Diagnostic {
    static func error(_ message: String, at location: SourceLocation) -> Diagnostic {
        Diagnostic(severity: .error, location: location, message: message)
    }

    static func warning(_ message: String, at location: SourceLocation) -> Diagnostic {
        Diagnostic(severity: .warning, location: location, message: message)
    }
}

extension Word {
    /// The word in single quotes for a message: escaped, cut when long, hidden when it looks like a URL with
    /// a password.
    var quoted: String {
        if Excerpt.hasUserInformation(text.bytes[...]) { return "'***'" }
        let limit = 60
        if text.count <= limit { return "'\(text)'" }
        return "'\(ByteString(Array(text.bytes.prefix(limit))))...'"
    }

    /// The word as a token that reads back as the same bytes.
    var token: String { Quotation.token(text) }
}

/// Writing bytes so that the lexer reads the same bytes again.
enum Quotation {
    static func token(_ bytes: ByteString) -> String {
        guard needsQuotes(bytes) else { return bytes.text }
        // Within double quotes, too, `${` would begin a variable.
        let escaped = bytes.description.split(separator: "${", omittingEmptySubsequences: false)
        return "\"" + escaped.joined(separator: "\\${") + "\""
    }

    private static func needsQuotes(_ bytes: ByteString) -> Bool {
        guard let first = bytes.bytes.first, first != 0x23 else { return true }
        var previous: UInt8 = 0
        for byte in bytes.bytes {
            if byte <= ASCII.space || byte >= 0x7f || byte == 0x22 || byte == 0x27 || byte == 0x5c {
                return true
            }
            if previous == ASCII.dollar, byte == 0x7b { return true }
            previous = byte
        }
        return false
    }
}
