import Bytes
import Naming
import Testing

@testable import Config

@Suite struct DirectiveTests {
    static let settings = Directive.all.filter { $0.binding != nil }

    @Test("every default reads back as the setting it came from", arguments: settings.map(\.name))
    func defaults(name: String) throws {
        let directive = try #require(Directive.named(name))
        let configuration = try accepted("\(name) \(try #require(directive.defaultText))")
        #expect(configuration.settings == Settings())
    }

    @Test("every example is accepted", arguments: Directive.all.map(\.name))
    func examples(name: String) throws {
        let directive = try #require(Directive.named(name))
        #expect(directive.example.hasPrefix(name + " "))
        if name == "include" || name.hasSuffix("pass-file") || name.hasSuffix("password-file") { return }
        let outcome = Loader.load(text: directive.example, environment: ["REDIS_PASSWORD": "p"])
        let errors = outcome.diagnostics.filter { $0.severity == .error }
        #expect(errors.isEmpty, "\(outcome.rendered)")
    }

    @Test("every example of a setting changes it and is shown as written", arguments: settings.map(\.name))
    func shown(name: String) throws {
        let directive = try #require(Directive.named(name))
        let binding = try #require(directive.binding)
        if name.hasSuffix("pass-file") || name.hasSuffix("password-file") { return }
        let configuration = try accepted(directive.example, environment: ["REDIS_PASSWORD": "p"])
        #expect(!binding.isEqual(configuration.settings, Settings()))
        let lines = configuration.effectiveLines(showSecrets: true)
        let again = try accepted(lines.joined(separator: "\n"))
        #expect(again.settings == configuration.settings)
        var copied = Settings()
        binding.copy(configuration.settings, &copied)
        #expect(binding.isEqual(copied, configuration.settings))
    }

    @Test(
        "every setting has a text that says what it expected",
        arguments: [
            ("listen x", "1:8: expected host:port, [v6]:port, tls://host:port or unix:/path, found 'x'"),
            ("admin on", "1:7: expected host:port, [v6]:port, unix:/path or off, found 'on'"),
            ("workers 0", "1:9: expected a whole number from 1 to 64, found '0'"),
            ("workers 01", "1:9: expected a whole number from 1 to 64, found '01'"),
            (
                "workers 99999999999999999999",
                "1:9: expected a whole number from 1 to 64, found '99999999999999999999'"
            ),
            ("stream-threshold 1tb", "1:18: expected a size such as 512, 64kb or 1gb, found '1tb'"),
            ("stream-threshold 1", "1:18: expected a size from 1kb to 4gb, found '1'"),
            (
                "stream-threshold 9999999999gb",
                "1:18: expected a size such as 512, 64kb or 1gb, found '9999999999gb'"
            ),
            ("cascade-deadline 250", "1:18: expected a duration such as 250ms, 5s or 1m, found '250'"),
            ("cascade-deadline 1.5s", "1:18: expected a duration such as 250ms, 5s or 1m, found '1.5s'"),
            ("cascade-deadline -1s", "1:18: expected a duration such as 250ms, 5s or 1m, found '-1s'"),
            ("cascade-deadline 2h", "1:18: expected a duration from 1ms to 60s, found '2h'"),
            ("reconnect-backoff 2s 1s", "1:22: expected a maximum of at least the minimum 2s, found '1s'"),
            ("mode dry-run", "1:6: expected enforce or observe, found 'dry-run'"),
            ("log-level info", "1:11: expected debug, verbose, notice or warning, found 'info'"),
            ("allow-broad maybe", "1:13: expected yes or no, found 'maybe'"),
            ("audit-file \"\"", "1:12: expected a path or off, found ''"),
            (
                "tls-protocols TLSv1.1",
                "1:15: expected TLSv1.2, TLSv1.3 or both (older versions are not safe), found 'TLSv1.1'"
            ),
            ("tls-auth-clients maybe", "1:18: expected yes, no or optional, found 'maybe'"),
            (
                "listen tls:///s",
                "1:8: expected host:port, [v6]:port, tls://host:port or unix:/path, found 'tls:///s'"
            ),
            ("separator ::", "1:11: expected one printable character that is none of { } * \\ /, found '::'"),
            ("separator *", "1:11: expected one printable character that is none of { } * \\ /, found '*'"),
            ("deny SET \"a b\"", "1:10: expected a command such as DEBUG or CONFIG|SET, found 'a b'"),
            ("include off", "1:9: expected a path, found 'off'"),
            (
                "upstream h:1",
                "1:10: expected redis://[user[:password]@]host[:port], rediss://... for TLS, or unix:///path"
            ),
            ("workers", "1:1: 'workers' takes 1 argument, found 0: workers COUNT"),
            ("workers 1 2", "1:11: 'workers' takes 1 argument, found 2: workers COUNT"),
            (
                "reconnect-backoff 1s",
                "1:1: 'reconnect-backoff' takes 2 arguments, found 1: reconnect-backoff MINIMUM MAXIMUM"
            ),
            ("deny", "1:1: 'deny' takes at least 1 argument, found 0: deny COMMAND..."),
            ("tag", "1:1: 'tag' takes at least 1 argument, found 0: tag PATTERN TAG..."),
        ])
    func errors(line: String, expected: String) { #expect(messages(of: line) == [expected]) }

    @Test(
        "a size is read in every unit, in any case",
        arguments: [
            ("1024", 1024), ("2048b", 2048), ("2k", 2000), ("2kb", 2048), ("3M", 3_000_000), ("3MB", 3 << 20),
            ("1g", 1_000_000_000), ("1Gb", 1 << 30),
        ])
    func sizes(text: String, bytes: Int) throws {
        #expect(try accepted("stream-threshold \(text)").settings.streamThreshold == bytes)
    }

    @Test(
        "durations",
        arguments: [("1ms", 1), ("250MS", 250), ("2s", 2000), ("3m", 180_000), ("1h", 3_600_000)])
    func durations(text: String, milliseconds: Int) throws {
        #expect(try accepted("drain-timeout \(text)").settings.drainTimeout.milliseconds == milliseconds)
    }

    @Test("names and choices are read in any case, commands are kept in upper case")
    func anyCase() throws {
        let settings = try accepted("MODE Observe\nDeny config|set debug\ndeny DEBUG").settings
        #expect(settings.mode == .observe)
        #expect(settings.deny == ["CONFIG|SET", "DEBUG"])
        #expect(try accepted("deny a\ndeny \"\"\ndeny b").settings.deny == ["B"])
    }

    @Test("every directive is documented")
    func documented() {
        #expect(Set(Directive.all.map(\.name)).count == Directive.all.count)
        for directive in Directive.all {
            #expect(directive.help.hasSuffix("."), "\(directive.name)")
            #expect(directive.help.count > 30, "\(directive.name)")
        }
    }
}
