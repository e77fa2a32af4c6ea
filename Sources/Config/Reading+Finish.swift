import Bytes
import Naming

extension Reading {
    /// Reads variables and overrides, checks what spans several lines, and compiles the conventions.
    mutating func finish(
        _ overrides: [Override], _ inspect: @Sendable (Settings) -> [SettingProblem]
    ) -> Loader.Outcome {
        readEnvironment()
        readOverrides(overrides)
        readPasswordFiles()
        adoptStateDirectory()
        checkAdmin()
        checkLoop("upstream", settings.upstream.address)
        checkFallback()
        checkTLS()
        inspectSettings(inspect)
        let conventions = compileConventions()
        let ordered = ordered(diagnostics)
        let isAccepted = !ordered.contains { $0.severity == .error }
        let configuration = isAccepted ? conventions.map { configured($0, ordered) } : nil
        return Loader.Outcome(configuration: configuration, diagnostics: ordered, sources: sources)
    }

    private func configured(_ conventions: Conventions, _ warnings: [Diagnostic]) -> Configuration {
        Configuration(
            settings: settings, conventions: conventions, diagnostics: warnings, origins: origins,
            conventionLines: conventionLines)
    }

    /// `FRESHET_LOG_LEVEL` for `log-level`.
    static func variable(for directive: Directive) -> String {
        "FRESHET_" + directive.name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    private mutating func readEnvironment() {
        layer = .environment
        var lines: [[UInt8]] = []
        for directive in Directive.all where directive.binding != nil {
            guard let value = environment[Self.variable(for: directive)] else { continue }
            lines.append(
                Array("\(directive.name) ".utf8) + value.utf8.map { $0 == ASCII.lineFeed ? ASCII.space : $0 })
        }
        sources.add(Sources.environment, Array(lines.joined(separator: [ASCII.lineFeed])))
        for (index, line) in lines.enumerated() {
            readLine(line[...], file: Sources.environment, number: index + 1, environment: nil)
        }
    }

    /// Where nothing else is said, state goes where systemd has made a directory for it.
    private mutating func adoptStateDirectory() {
        guard origins["state-dir"] == nil, let paths = environment["STATE_DIRECTORY"],
            let first = paths.split(separator: ":").first
        else { return }
        settings.stateDir = String(first)
    }

    private mutating func readOverrides(_ overrides: [Override]) {
        layer = .commandLine
        var text: [UInt8] = []
        var lines: [[Word]] = []
        for (index, override) in overrides.enumerated() {
            var words: [Word] = []
            var column = 1
            for argument in [override.name] + override.arguments {
                let token = Quotation.token(ByteString(argument))
                let place = SourceLocation(
                    file: Sources.commandLine, line: index + 1, column: column, length: token.utf8.count)
                words.append(Word(text: ByteString(argument), location: place))
                column += token.utf8.count + 1
                text += Array(token.utf8) + [ASCII.space]
            }
            text[text.count - 1] = ASCII.lineFeed
            lines.append(words)
        }
        sources.add(Sources.commandLine, text)
        for words in lines { apply(words[0], Array(words.dropFirst())) }
        warnOfShownPassword("upstream", settings.upstream)
        warnOfShownPassword("fallback", settings.fallback)
    }

    private mutating func warnOfShownPassword(_ directive: String, _ upstream: Upstream?) {
        guard let word = lastWords[directive], upstream?.password != nil,
            word.location.file == Sources.commandLine
        else { return }
        diagnostics.append(
            .warning(
                "a password on the command line is visible to every user of the machine: use "
                    + "\(directive)-password-file", at: word.location))
    }

    private mutating func readPasswordFiles() {
        if let secret = readSecret(settings.upstreamPasswordFile, "upstream-password-file", "a password") {
            settings.upstream.password = secret
        }
        if let secret = readSecret(settings.fallbackPasswordFile, "fallback-password-file", "a password") {
            settings.fallback?.password = secret
        }
        settings.tlsKeyPass = readSecret(
            settings.tlsKeyFilePassFile, "tls-key-file-pass-file", "a passphrase")
        settings.upstreamTlsKeyPass = readSecret(
            settings.upstreamTlsKeyFilePassFile, "upstream-tls-key-file-pass-file", "a passphrase")
    }

    private mutating func readSecret(_ path: String?, _ directive: String, _ noun: String) -> Secret? {
        guard let path, let word = lastWords[directive] else { return nil }
        do {
            var bytes = try FileContent(path: path, limit: 64 << 10).bytes
            if bytes.last == ASCII.lineFeed { bytes.removeLast() }
            if bytes.last == ASCII.carriageReturn { bytes.removeLast() }
            if !bytes.isEmpty { return Secret(ByteString(bytes)) }
            diagnostics.append(
                .error("expected \(noun) in '\(path)', found nothing", at: word.location))
        } catch {
            diagnostics.append(
                .error(
                    "expected a readable file, but '\(path)' cannot be read: \(error.reason)",
                    at: word.location))
        }
        return nil
    }

    /// Two listeners cannot share an address, whatever they serve.
    private mutating func checkAdmin() {
        guard let admin = settings.admin, settings.listen.contains(where: { $0.address == admin }) else {
            return
        }
        if case .tcp(_, 0) = admin { return }
        guard let place = lastWords["admin"]?.location ?? listeners[admin] else { return }
        diagnostics.append(
            .error("admin and listen are both \(admin): give one of them another address", at: place))
    }

    /// A proxy whose upstream is itself would forward every request to itself.
    mutating func checkLoop(_ directive: String, _ address: Address) {
        guard let word = lastWords[directive] else { return }
        for (name, own) in settings.listen.map({ ("listen", $0.address) })
            + (settings.admin.map { [("admin", $0)] } ?? [])
        where own.covers(address) {
            diagnostics.append(
                .error(
                    "expected the address of Redis, but \(directive) \(address) is where '\(name) \(own)' "
                        + "listens: Freshet would forward to itself", at: word.location))
        }
    }

    private mutating func compileConventions() -> Conventions? {
        let (conventions, problems) = settings.compile(conventionLines)
        diagnostics += problems
        return conventions
    }

    /// By file as first read, line and column; what shares a place keeps its order.
    private func ordered(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.enumerated().map { (key: key($0.element, $0.offset), diagnostic: $0.element) }
            .sorted { $0.key < $1.key }.map(\.diagnostic)
    }

    private func key(_ diagnostic: Diagnostic, _ offset: Int) -> (Int, Int, Int, Int) {
        let place = diagnostic.location
        return (sources.rank(of: place.file), place.line, place.column, offset)
    }
}
