import Bytes
import Invalidation

/// Names, and the words that may follow them: `DB n`, `DRYRUN`, `SOFTLY d`, `OVER d`, `ASYNC`, `FORCE`,
/// `WITHSELF`.
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
        var value: String { self == .db ? "the number of a database" : "a time such as 500ms, 30s or 5m" }
    }

    private(set) var names: [ByteString]
    var database: Int
    private var words: Set<Word> = []
    private(set) var softlyMilliseconds = 0
    private(set) var overMilliseconds = 0
    /// What is wrong with the words; nil when they mean something.
    private(set) var problem: String?

    /// Takes the words that `allowed` names off the end, as long as a name is left.
    ///
    /// - Parameter known: words that no name but the first may be, so that a mistake in the options does not
    ///   become one more key, and a removal that was meant to be soft a hard one.
    init(_ arguments: [ByteString], database: Int, allowed: Set<Word>, known: Set<Word> = []) {
        names = arguments
        self.database = database
        while names.count > 1, takeOne(allowed) {}
        let meant = known.union(allowed)
        // The last one is at fault: what stands before it was not looked at.
        for (index, name) in names.enumerated().dropFirst().reversed() {
            guard let word = Self.word(name, meant) else { continue }
            problem = Self.problem(word, allowed, names.dropFirst(index + 1).first)
            return
        }
    }

    private static func problem(_ word: Word, _ allowed: Set<Word>, _ next: ByteString?) -> String {
        let found = next.map { "'\($0.description)'" } ?? "nothing"
        let mistake =
            if !allowed.contains(word) {
                "\(word.rawValue) makes no sense here"
            } else if word.takesValue {
                "expected \(word.value) behind \(word.rawValue), found \(found)"
            } else {
                "expected \(word.rawValue) behind all names, found \(found) after it"
            }
        return mistake + "; nothing was done (a key or tag of this name goes first)"
    }

    func has(_ word: Word) -> Bool { words.contains(word) }

    private mutating func takeOne(_ allowed: Set<Word>) -> Bool {
        let last = names[names.count - 1]
        if let word = Self.word(last, allowed), !word.takesValue {
            words.insert(word)
            names.removeLast()
            return true
        }
        guard names.count > 2, let word = Self.word(names[names.count - 2], allowed), word.takesValue else {
            return false
        }
        switch word {
        case .db:
            guard let number = last.integer, number >= 0 else { return false }
            database = number
        case .softly:
            guard let milliseconds = Self.milliseconds(last), milliseconds > 0 else { return false }
            softlyMilliseconds = milliseconds
        default:
            guard let milliseconds = Self.milliseconds(last) else { return false }
            overMilliseconds = milliseconds
        }
        names.removeLast(2)
        return true
    }

    private static func word(_ text: ByteString, _ allowed: Set<Word>) -> Word? {
        Word(rawValue: text.text.uppercased()).flatMap { allowed.contains($0) ? $0 : nil }
    }

    /// A whole number of milliseconds, or with a unit: `250ms`, `30s`, `5m`, `2h`, `1d`; no more than a year.
    static func milliseconds(_ text: ByteString) -> Int? {
        let units = ["": 1, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        let digits = text.bytes.prefix { (0x30...0x39).contains($0) }
        let unit = String(decoding: text.bytes.dropFirst(digits.count), as: UTF8.self).lowercased()
        guard let factor = units[unit], let number = ASCII.integer(Array(digits).span) else { return nil }
        let (milliseconds, overflows) = number.multipliedReportingOverflow(by: factor)
        return overflows || milliseconds > 366 * 86_400_000 ? nil : milliseconds
    }
}
