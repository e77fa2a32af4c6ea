/// Text that may quote what a stranger wrote, made fit for a terminal.
public enum Visible {
    /// `text` with a question mark for each character that could move the cursor, reorder or hide text; tabs
    /// stay.
    public static func text(_ text: String) -> String {
        var visible = ""
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            let isControl =
                properties.generalCategory == .control || properties.isDefaultIgnorableCodePoint
                || properties.isBidiControl
            visible.unicodeScalars.append(isControl && scalar != "\t" ? "?" : scalar)
        }
        return visible
    }
}
