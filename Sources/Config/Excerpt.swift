import Bytes
import Naming

/// The source line under a diagnostic, with carets under its place.
struct Excerpt {
    /// A longer line is shown around the place.
    private static let widestByteCount = 160

    /// Two lines with their line ends; nil where there is nothing to show, or a password might be in it.
    static func text(of location: SourceLocation, in sources: Sources) -> String? {
        guard let line = sources.line(location.line, of: location.file), location.column >= 1,
            location.column <= line.count + 1, !mayHoldPassword(line: line)
        else { return nil }
        let place = line.startIndex + location.column - 1
        let window = window(of: line, around: place)
        let shown = visible(line[window])
        let padding = visible(line[window.lowerBound..<place]).map { $0 == "\t" ? "\t" : " " as Character }
        let underlined = visible(line[place..<max(place, min(window.upperBound, place + location.length))])
            .count
        let number = String(location.line)
        let gutter = String(repeating: " ", count: max(0, 5 - number.count)) + number
        let blank = String(repeating: " ", count: gutter.count)
        let marks = "^" + String(repeating: "~", count: max(0, underlined - 1))
        return "\(gutter) | \(shown)\n\(blank) | \(String(padding))\(marks)\n"
    }

    private static func window(of line: ArraySlice<UInt8>, around place: Int) -> Range<Int> {
        guard line.count > widestByteCount else { return line.startIndex..<line.endIndex }
        let start = max(line.startIndex, min(place - widestByteCount / 2, line.endIndex - widestByteCount))
        return start..<min(line.endIndex, start + widestByteCount)
    }

    /// As text whose control characters cannot move a terminal's cursor.
    private static func visible(_ bytes: ArraySlice<UInt8>) -> String {
        Visible.text(String(decoding: bytes, as: UTF8.self))
    }

    /// Whether a line is, or is meant to be, an `upstream` line, or holds a URL with user information.
    private static func mayHoldPassword(line: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: line, as: UTF8.self).lowercased().drop { $0 == " " || $0 == "\t" }
        let isHarmless = text.hasPrefix("upstream-password-file") || text.hasPrefix("upstream-tls-")
        if text.hasPrefix("up"), !isHarmless { return true }
        if text.hasPrefix("fallb"), !text.hasPrefix("fallback-") { return true }
        return hasUserInformation(line)
    }

    /// Whether `//` stands somewhere before an `@`, as in `redis://user:password@host`.
    static func hasUserInformation(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let at = bytes.lastIndex(of: 0x40) else { return false }
        let before = bytes[..<at]
        return zip(before, before.dropFirst()).contains { $0 == 0x2f && $1 == 0x2f }
    }
}
