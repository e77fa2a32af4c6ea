/// Text that may quote what a stranger wrote, made fit for a terminal.
public enum Visible {
    /// `text` with a question mark for each character that could move the cursor, reorder or hide text; tabs
    /// stay.
    public static func text(_ text: String) -> String {
        var visible = ""
        for scalar in text.unicodeScalars {
            visible.unicodeScalars.append(isHarmless(scalar) || scalar == "\t" ? scalar : "?")
        }
        return visible
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        return properties.generalCategory != .control && !properties.isDefaultIgnorableCodePoint
            && !properties.isBidiControl
    }

    /// The scalar at `index`, with how many bytes it takes, where it may stand in a quoted name as it is.
    static func scalar(
        in bytes: Span<UInt8>, at index: Int
    ) -> (value: Unicode.Scalar, length: Int)? {
        let byte = bytes[index]
        if byte < 0x80 {
            let isPlain = (0x20...0x7e).contains(byte) && byte != 0x5c && byte != 0x22
            return isPlain ? (Unicode.Scalar(byte), 1) : nil
        }
        guard let found = UTF8Scalar.decode(bytes, at: index), let scalar = Unicode.Scalar(found.value),
            isHarmless(scalar)
        else { return nil }
        switch scalar.properties.generalCategory {
        // What cannot be seen, or told from a space or the end of a line, says nothing as it is.
        case .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
            return nil
        default: return (scalar, found.length)
        }
    }
}
