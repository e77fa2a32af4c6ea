import Bytes
import Invalidation

/// Names, and the words that may follow them: `DB n`, `DRYRUN`, `SOFTLY d`, `OVER d`, `ASYNC`, `FORCE`,
/// `WITHSELF`.
///
/// A word that looks like an option and is none is an error, never a name: a misspelt `DRYRUN` would remove
/// for real. Behind `--` every word is a name.
struct RequestOptions {
    enum Word: String, CaseIterable {
        case db = "DB"
        case dryRun = "DRYRUN"
        case softly = "SOFTLY"
        case over = "OVER"
        case async = "ASYNC"
        case force = "FORCE"
        case withSelf = "WITHSELF"

        var takesValue: Bool { self == .db || self == .softly || self == .over }

        /// What has to stand behind it.
        var value: String { self == .db ? "the number of a database" : DurationText.form }
    }

    /// What is wrong with the words.
    private struct Problem: Error {
        let text: String
    }

    private(set) var names: [ByteString] = []
    private(set) var database: Int
    private var words: Set<Word> = []
    private(set) var softlyMilliseconds = 0
    private(set) var overMilliseconds = 0
    /// What is wrong with the words; nil when they mean something.
    private(set) var problem: String?

    /// Reads names and options; only those of `allowed` make sense.
    init(_ arguments: [ByteString], database: Int, allowed: Set<Word>) {
        self.database = database
        do throws(Problem) {
            try read(arguments[...], allowed)
        } catch {
            problem = error.text + "; nothing was done (a name that looks like an option goes behind --)"
        }
    }

    func has(_ word: Word) -> Bool { words.contains(word) }

    private mutating func read(_ arguments: ArraySlice<ByteString>, _ allowed: Set<Word>) throws(Problem) {
        var rest = arguments
        var last: Word?
        while let argument = rest.popFirst() {
            if argument == "--" {
                names += rest
                return
            }
            if let word = Word(rawValue: argument.text.uppercased()) {
                try take(word, &rest, allowed)
                last = word
                continue
            }
            if let problem = OptionLikeness.problem(argument) { throw Problem(text: problem) }
            if let last {
                throw Problem(
                    text: "expected \(last.rawValue) behind all names, found '\(argument)' after it")
            }
            names.append(argument)
        }
    }

    private mutating func take(
        _ word: Word, _ rest: inout ArraySlice<ByteString>, _ allowed: Set<Word>
    ) throws(Problem) {
        guard allowed.contains(word) else {
            throw Problem(text: "\(word.rawValue) makes no sense here")
        }
        guard words.insert(word).inserted else {
            throw Problem(text: "\(word.rawValue) is said twice; keep one")
        }
        guard word.takesValue else { return }
        let value = rest.popFirst()
        guard let value, let number = Self.number(word, value) else {
            let found = value.map { "'\($0)'" } ?? "nothing"
            throw Problem(text: "expected \(word.value) behind \(word.rawValue), found \(found)")
        }
        switch word {
        case .db: database = number
        case .softly: softlyMilliseconds = number
        default: overMilliseconds = number
        }
    }

    /// The value of an option; nil when it is none.
    private static func number(_ word: Word, _ value: ByteString) -> Int? {
        if word == .db { return value.integer.flatMap { $0 >= 0 ? $0 : nil } }
        return milliseconds(value)
    }

    /// A duration above nothing and of no more than a year.
    static func milliseconds(_ text: ByteString) -> Int? {
        DurationText.milliseconds(text.text).flatMap { (1...366 * 86_400_000).contains($0) ? $0 : nil }
    }
}
