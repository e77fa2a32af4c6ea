import Bytes
import Naming

/// Tells names from what was probably meant as an option.
enum OptionLikeness {
    /// Other words for options, as other tools have them.
    private static let synonyms = [
        "DATABASE": "DB", "BD": "DB", "DRY": "DRYRUN", "DRYRUN": "DRYRUN", "SELF": "WITHSELF",
        "SOFT": "SOFTLY",
    ]

    /// Why `text` is not taken for a name; nil when nothing about it is like an option.
    static func problem(_ text: ByteString) -> String? {
        let said = "'\(text)'"
        if let option = meant(by: text.text) { return "\(said) is no option; did you mean \(option)?" }
        if text.bytes.first == ASCII.minus { return "\(said) is no option" }
        if DurationText.milliseconds(text.text) != nil {
            return "\(said) looks like the value of an option, and no SOFTLY or OVER stands before it"
        }
        return nil
    }

    /// The option that a word resembles: `DRY-RUN`, `--dry-run`, `DRYRUNN`, `dryrun=yes`.
    private static func meant(by text: String) -> String? {
        guard text.utf8.count <= 64 else { return nil }
        let head = text.uppercased().prefix { $0 != "=" && $0 != " " }
        let letters = head.filter { $0 != "-" && $0 != "_" }
        if let known = synonyms[letters] { return known }
        let options = RequestOptions.Word.allCases.map(\.rawValue)
        if options.contains(letters) { return letters }
        // Short words are close to many names.
        return options.first { option in
            option.utf8.count >= 5
                && Spelling.distance(letters, option) <= (option.utf8.count > 5 ? 2 : 1)
        }
    }
}
