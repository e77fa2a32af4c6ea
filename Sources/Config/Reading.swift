import Bytes
import Naming

/// The state of one load: what was read so far and what is wrong with it.
struct Reading {
    /// The most files that one configuration may include, counting repetitions.
    static let mostFiles = 1000
    /// How deep includes may nest; the first file is not counted.
    static let deepestInclude = 8
    static let largestFileByteCount = 16 << 20
    /// Problems that are looked at closely enough to say what may have been meant: a file of another program
    /// would take its time.
    static let mostHints = 1000

    /// Which source a line stands in; a list's first line in each replaces what an earlier source said.
    enum Layer: Hashable {
        case file, environment, commandLine
    }

    let environment: [String: String]
    var settings = Settings()
    var origins: [String: SettingOrigin] = [:]
    var conventionLines: [ConventionLine] = []
    var diagnostics: [Diagnostic] = []
    var sources = Sources()
    var layer = Layer.file
    /// The word that set each scalar last, and each listener's address.
    var lastWords: [String: Word] = [:]
    var listeners: [Address: SourceLocation] = [:]
    /// The last listener that needs a certificate.
    var tlsListener: Word?
    private var begunLists: Set<String> = []
    private var openFiles: [(name: String, identity: FileContent.Identity?)] = []
    private var fileCount = 0

    init(environment: [String: String]) { self.environment = environment }

    /// Reads a file where the main configuration or an `include` word asks for it.
    mutating func readFile(_ path: String, askedAt word: Word?) {
        let place = word?.location ?? SourceLocation(file: path, line: 0, column: 0, length: 0)
        do {
            let content = try FileContent(path: path, limit: Self.largestFileByteCount)
            guard mayOpen(path, content.identity, at: place) else { return }
            read(content.bytes, as: path, identity: content.identity)
        } catch {
            diagnostics.append(
                .error("expected a readable file, but '\(path)' cannot be read: \(error.reason)", at: place))
        }
    }

    private mutating func mayOpen(
        _ path: String, _ identity: FileContent.Identity, at place: SourceLocation
    ) -> Bool {
        if let first = openFiles.firstIndex(where: { $0.identity == identity }) {
            let loop = openFiles[first...].map(\.name) + [path]
            diagnostics.append(.error("include loop: \(loop.joined(separator: " -> "))", at: place))
        } else if openFiles.count > Self.deepestInclude {
            diagnostics.append(
                .error(
                    "expected includes at most \(Self.deepestInclude) deep, and '\(path)' is deeper",
                    at: place))
        } else if fileCount >= Self.mostFiles {
            if fileCount == Self.mostFiles {
                diagnostics.append(.error("expected at most \(Self.mostFiles) files in all", at: place))
            }
            fileCount = Self.mostFiles + 1
        } else {
            return true
        }
        return false
    }

    mutating func read(_ bytes: [UInt8], as name: String, identity: FileContent.Identity? = nil) {
        fileCount += 1
        openFiles.append((name, identity))
        sources.add(name, bytes)
        for (index, line) in Sources.lines(of: bytes).enumerated() {
            readLine(line, file: name, number: index + 1, environment: environment)
        }
        openFiles.removeLast()
    }

    mutating func readLine(
        _ line: ArraySlice<UInt8>, file: String, number: Int, environment: [String: String]?
    ) {
        var lexer = LineLexer(line, file: file, line: number, environment: environment)
        do {
            let words = try lexer.words()
            if let name = words.first { apply(name, Array(words.dropFirst())) }
        } catch {
            diagnostics.append(error)
        }
    }

    /// Carries out one line.
    mutating func apply(_ name: Word, _ words: [Word]) {
        guard let directive = Directive.named(name.text.text) else {
            let isFirst = diagnostics.count < Self.mostHints
            let nearest = isFirst ? Nearest.to(name.text.text, among: Directive.all.map(\.name)) : nil
            let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
            diagnostics.append(.error("unknown directive \(name.quoted)\(hint)", at: name.location))
            return
        }
        do {
            switch directive.kind {
            case .scalar, .list: try set(directive, name, words)
            case .convention: try collect(directive, name, words)
            case .include: try include(directive, name, words)
            }
        } catch {
            diagnostics.append(error)
        }
    }

    private mutating func set(_ directive: Directive, _ name: Word, _ words: [Word]) throws(Diagnostic) {
        guard let binding = directive.binding else { return }
        try checkCount(directive, name, words, binding.arity)
        if directive.kind == .list, begunLists.insert("\(layer) \(directive.name)").inserted {
            binding.clear?(&settings)
            if directive.name == "listen" {
                listeners = [:]
                tlsListener = nil
            }
        }
        try binding.set(&settings, words)
        lastWords[directive.name] = words[0]
        origins[directive.name] =
            switch layer {
            case .file: .file(name.location)
            case .environment: .environment(variable: Self.variable(for: directive))
            case .commandLine: .commandLine
            }
        if directive.name == "listen" { try noteListener(words[0]) }
    }

    private mutating func noteListener(_ word: Word) throws(Diagnostic) {
        guard let last = settings.listen.last else { return }
        let address = last.address
        if last.isTLS { tlsListener = word }
        if case .tcp(_, 0) = address { return }
        if let first = listeners[address] {
            throw .error(
                "duplicate listen \(address), already at \(first.cited): remove one of them",
                at: word.location)
        }
        listeners[address] = word.location
    }

    private mutating func collect(_ directive: Directive, _ name: Word, _ words: [Word]) throws(Diagnostic) {
        try checkCount(directive, name, words, 1...Int.max)
        conventionLines.append(ConventionLine(directive: directive.name, words: words))
    }

    private mutating func include(_ directive: Directive, _ name: Word, _ words: [Word]) throws(Diagnostic) {
        try checkCount(directive, name, words, 1...1)
        guard let path = try Parameter<String?>.path.parse(words[0]) else {
            throw words[0].unexpected("a path")
        }
        readFile(resolved(path), askedAt: words[0])
    }

    private func resolved(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = openFiles.last?.name.lastIndex(of: "/"),
            let file = openFiles.last?.name
        else { return path }
        return String(file[...slash]) + path
    }

    private func checkCount(
        _ directive: Directive, _ name: Word, _ words: [Word], _ arity: ClosedRange<Int>
    ) throws(Diagnostic) {
        if arity.contains(words.count) { return }
        let expected =
            arity.upperBound == arity.lowerBound ? "\(arity.lowerBound)" : "at least \(arity.lowerBound)"
        let noun = arity.lowerBound == 1 ? "argument" : "arguments"
        let place = words.count > arity.upperBound ? words[arity.upperBound].location : name.location
        throw .error(
            "'\(directive.name)' takes \(expected) \(noun), found \(words.count): \(directive.usage)",
            at: place)
    }
}
