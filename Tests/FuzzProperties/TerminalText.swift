import TestSupport

/// What may be shown on a terminal.
enum TerminalText {
    /// The first character that could move a cursor or hide text; nil when there is none.
    static func problem(in text: String) -> String? {
        for scalar in text.unicodeScalars where scalar != "\n" && scalar != "\t" {
            let isControl = scalar.properties.generalCategory == .control
            if isControl || scalar.properties.isBidiControl {
                return "U+\(String(scalar.value, radix: 16)) is shown: \(describe(Array(text.utf8)))"
            }
        }
        return nil
    }
}
