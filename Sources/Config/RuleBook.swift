public import Bytes
public import Naming

/// The rules that operators have set at run time, beside those of proxy.conf, and the rules they have paused.
///
/// Its text is a file in the grammar of proxy.conf: `rule` lines, and `paused NAME` for each paused rule.
public struct RuleBook: Sendable {
    /// A rule set at run time.
    public struct Entry: Sendable {
        public var name: String
        public var line: ConventionLine
        /// Why it is not in force beside the rest of the configuration; nil when it is.
        public var problem: String?
    }

    /// Why a change is refused: one sentence.
    public struct Refusal: Error, Sendable {
        public let text: String

        public init(_ text: String) { self.text = text }
    }

    /// How many rules may be set at run time.
    public static let mostRules = 1000
    /// What rules set at run time have as their file.
    public static let fileName = "rules.conf"
    /// The longest text that is read: all rules at their longest would be more, nobody's are.
    public static let longestByteCount = 16 << 20

    public private(set) var entries: [Entry] = []
    public private(set) var paused: Set<String> = []
    /// Lines of the text that mean nothing, with why.
    public private(set) var problems: [String] = []

    public init() {}

    public var isEmpty: Bool { entries.isEmpty && paused.isEmpty && problems.isEmpty }

    /// Reads what `text` wrote; what it does not understand it leaves out and tells.
    public init(text: [UInt8]) {
        for (index, line) in Sources.lines(of: text).enumerated() {
            var lexer = LineLexer(line, file: Self.fileName, line: index + 1, environment: nil)
            do throws(Diagnostic) {
                let words = try lexer.words()
                guard let first = words.first else { continue }
                read(first, Array(words.dropFirst()))
            } catch {
                problems.append("\(error.location.cited): \(error.message)")
            }
        }
    }

    private mutating func read(_ directive: Word, _ words: [Word]) {
        let name = words.first?.text.text
        switch (directive.text.text, name) {
        case ("rule", let name?)
        where !entries.contains { $0.name == name } && entries.count < Self.mostRules:
            entries.append(Entry(name: name, line: ConventionLine(directive: "rule", words: words)))
        case ("paused", let name?) where words.count == 1: paused.insert(name)
        default:
            problems.append("\(directive.location.cited): expected 'rule ...' or 'paused NAME'")
        }
    }

    /// The book as a file.
    public var text: [UInt8] {
        var lines = [
            "# Rules set with FRESHET RULE SET. Freshet writes this file itself; change rules with",
            "# 'freshet rule', or move them into proxy.conf.",
        ]
        lines += entries.map(\.line.text)
        lines += paused.sorted().map { "paused \(Quotation.token(ByteString($0)))" }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    // MARK: Changes

    /// The words of a rule as an operator gives them: each an argument, or all in one; `rule` may stand first.
    public static func words(_ arguments: [ByteString]) throws(Refusal) -> [ByteString] {
        var words = arguments
        if arguments.count == 1, let line = arguments.first {
            if line.bytes.contains(where: { $0 == 0x0a || $0 == 0x0d || $0 == 0 }) {
                throw Refusal("expected a rule on one line")
            }
            var lexer = LineLexer(line.bytes[...], file: "", line: 1, environment: nil)
            do throws(Diagnostic) {
                words = try lexer.words().map(\.text)
            } catch {
                throw Refusal("column \(error.location.column): \(error.message)")
            }
        }
        if words.count > 1, words[0] == "rule", words[1] != "on" { words.removeFirst() }
        let byteCount = words.reduce(0) { $0 + $1.count + 1 }
        guard byteCount <= LineLexer.longestLineByteCount / 4 else {
            throw Refusal("expected a rule of at most 16 KiB, found \(byteCount) bytes")
        }
        return words
    }

    /// The book with one more rule, or with another in the place of one of that name.
    public func setting(_ words: [ByteString]) throws(Refusal) -> RuleBook {
        let line = Self.line(words)
        let name = words.first?.text ?? ""
        var book = self
        if let index = entries.firstIndex(where: { $0.name == name }) {
            book.entries[index] = Entry(name: name, line: line)
        } else {
            guard entries.count < Self.mostRules else {
                throw Refusal("there are \(Self.mostRules) rules set at run time already; delete some first")
            }
            book.entries.append(Entry(name: name, line: line))
        }
        return book.reread()
    }

    /// The book without a rule.
    public func deleting(_ name: String) throws(Refusal) -> RuleBook {
        var book = self
        book.entries.removeAll { $0.name == name }
        book.paused.remove(name)
        guard book.entries.count < entries.count else {
            throw Refusal("no rule '\(name)' was set at run time; see FRESHET RULE LIST")
        }
        return book.reread()
    }

    /// The book with a rule paused, or no longer so.
    public func pausing(_ name: String, _ isPaused: Bool) -> RuleBook {
        var book = self
        if isPaused { book.paused.insert(name) } else { book.paused.remove(name) }
        return book
    }

    /// A rule as a line whose words have places, as they would in a file of that one line.
    public static func line(_ words: [ByteString], in file: String = fileName) -> ConventionLine {
        var column = 1
        let placed = words.map { text in
            let length = Quotation.token(text).utf8.count
            defer { column += length + 1 }
            let place = SourceLocation(file: file, line: 1, column: column, length: length)
            return Word(text: text, location: place)
        }
        return ConventionLine(directive: "rule", words: placed)
    }

    /// The same, each rule at the place that it has in the text.
    private func reread() -> RuleBook { RuleBook(text: text) }

    fileprivate mutating func mark(_ problem: String?, at index: Int) { entries[index].problem = problem }
}

extension Configuration {
    /// This configuration with the rules of `book`, and the book with what keeps rules out of force.
    ///
    /// Rules of the file win: a rule of the same name, or one that makes a cycle with them, is left out.
    public func adding(_ book: RuleBook) -> (Configuration, RuleBook) {
        let (all, found) = settings.compile(
            conventionLines + book.entries.map(\.line), paused: book.paused)
        var marked = book
        for index in book.entries.indices { marked.mark(nil, at: index) }
        if let all, !found.contains(where: { $0.severity == .error }) { return (with(all), marked) }
        var accepted = conventionLines
        for (index, entry) in book.entries.enumerated() {
            let (conventions, diagnostics) = settings.compile(accepted + [entry.line], paused: book.paused)
            if conventions != nil, !diagnostics.contains(where: { $0.severity == .error }) {
                accepted.append(entry.line)
            } else {
                let first = diagnostics.first { $0.severity == .error }
                marked.mark(first?.message ?? "it does not fit the configuration", at: index)
            }
        }
        let conventions = settings.compile(accepted, paused: book.paused).0
        return (with(conventions ?? self.conventions), marked)
    }

    /// Whether a rule of this name stands in the configuration itself.
    public func definesRule(_ name: String) -> Bool {
        conventionLines.contains { $0.directive == "rule" && $0.name == name }
    }

    /// The first error of a rule beside the rest of the configuration, as one line.
    public func refusal(of name: String, in book: RuleBook) -> RuleBook.Refusal? {
        if let own = conventionLines.first(where: { $0.directive == "rule" && $0.name == name }) {
            let place = own.words.first?.location.cited ?? "the configuration"
            return RuleBook.Refusal("rule '\(name)' is defined at \(place): change it there and reload")
        }
        let lines = conventionLines + book.entries.filter { $0.problem == nil || $0.name == name }.map(\.line)
        let (conventions, diagnostics) = settings.compile(lines, paused: book.paused)
        guard let first = diagnostics.first(where: { $0.severity == .error }) else {
            return conventions == nil ? RuleBook.Refusal("the rule was not accepted") : nil
        }
        let isHere = first.location.file == RuleBook.fileName
        return RuleBook.Refusal(isHere ? first.message : "\(first.location.cited): \(first.message)")
    }

    private func with(_ conventions: Conventions) -> Configuration {
        Configuration(
            settings: settings, conventions: conventions, diagnostics: diagnostics, origins: origins,
            conventionLines: conventionLines)
    }
}

extension ConventionLine {
    fileprivate var name: String? { words.first?.text.text }
}
