import Bytes
import Config
import Naming
import Testing

@Suite struct LoaderTests {
    @Test("nothing gives every default and no conventions")
    func empty() throws {
        let outcome = Loader.load(file: nil)
        #expect(outcome.configuration?.settings == Settings())
        #expect(outcome.configuration?.conventions.count == 0)
        #expect(outcome.rendered.isEmpty)
    }

    @Test("fault 136: a byte order mark and CRLF are tolerated, and columns do not count them")
    func windows() throws {
        #expect(try accepted("\u{feff}workers 2\r\nmode observe\r\n").settings.workers == 2)
        #expect(messages(of: "\u{feff}nope 1\r\n") == ["1:1: unknown directive 'nope'; did you mean 'mode'?"])
    }

    @Test("the last line of a scalar wins, lists and conventions add up")
    func combining() throws {
        let configuration = try accepted(
            "workers 2\nworkers 3\nlisten h:1\nlisten unix:/s\ndeny A\ndeny B\ntag a:{x} t\ntag b:{x} t"
        )
        #expect(configuration.settings.workers == 3)
        #expect(
            configuration.settings.listen.map(\.address) == [.tcp(host: "h", port: 1), .unix(path: "/s")])
        #expect(configuration.settings.deny == ["A", "B"])
        #expect(configuration.conventions.count == 2)
    }

    @Test("fault 135: all errors of a file come in one run, in the order of its lines")
    func allErrors() {
        let found = messages(
            of: "tag a:{x} t:{y}\nworkers x\ntagg a b\nmode \"\ndepend a:{x} from b:{x}\nlisten x")
        #expect(found.map { $0.prefix(2) } == ["1:", "2:", "3:", "4:", "5:", "6:"])
    }

    @Test("fault 138: two listeners on one address are an error that cites the first")
    func duplicateListen() {
        #expect(
            messages(of: "listen h:1\nlisten h:2\nlisten h:1") == [
                "3:8: duplicate listen h:1, already at proxy.conf:1: remove one of them"
            ])
        #expect(
            messages(of: "listen h:1\nadmin h:1") == [
                "2:7: admin and listen are both h:1: give one of them another address"
            ])
        #expect(messages(of: "listen 127.0.0.1:6381").count == 1)
    }

    @Test("port 0 may be given twice: the kernel chooses different ports")
    func freePorts() throws {
        let settings = try accepted("listen 127.0.0.1:0\nlisten 127.0.0.1:0\nadmin 127.0.0.1:0").settings
        #expect(settings.listen.count == 2)
    }

    @Test("the command line wins over the environment, the environment over the file")
    func precedence() throws {
        let text = "workers 2\nlinks-per-group 2\nmax-clients 2\nlisten h:1"
        let environment = [
            "FRESHET_LINKS_PER_GROUP": "3", "FRESHET_MAX_CLIENTS": "3", "FRESHET_UNRELATED": "x",
        ]
        let overrides = try #require(
            Override.parse([
                "--max-clients", "4", "--listen", "h:2", "--listen", "h:1", "--tag", "a:{x}", "t",
            ]))
        let configuration = try accepted(text, overrides: overrides, environment: environment)
        #expect(configuration.settings.workers == 2)
        #expect(configuration.settings.linksPerGroup == 3)
        #expect(configuration.settings.maxClients == 4)
        #expect(configuration.settings.listen.map(\.description) == ["h:2", "h:1"])
        #expect(configuration.conventions.tagCount == 1)
        let origins = Dictionary(
            uniqueKeysWithValues: configuration.effective().map { ($0.name, $0.origin.description) })
        #expect(origins["workers"] == "proxy.conf:1")
        #expect(origins["links-per-group"] == "environment FRESHET_LINKS_PER_GROUP")
        #expect(origins["max-clients"] == "command line")
        #expect(origins["mode"] == "default")
    }

    @Test("overrides split as redis-server's arguments do")
    func overrideSplitting() {
        #expect(
            Override.parse(["--a", "1", "-2", "--b", "--c", "--"]) == [
                Override(name: "a", arguments: ["1", "-2"]), Override(name: "b", arguments: []),
                Override(name: "c", arguments: ["--"]),
            ])
        #expect(Override.parse([]) == [])
        #expect(Override.parse(["a", "--b"]) == nil)
    }

    @Test("an error in an override or a variable points into it")
    func overrideErrors() {
        let overrides = [
            Override(name: "workers", arguments: ["1"]), Override(name: "mode", arguments: ["a b"]),
        ]
        let outcome = Loader.load(
            file: nil, overrides: overrides, environment: ["FRESHET_CASCADE": "now", "X": "y"])
        #expect(
            outcome.rendered == """
                environment:1:9: error: expected before-reply or after-reply, found 'now'
                    1 | cascade now
                      |         ^~~
                command line:2:6: error: expected enforce or observe, found 'a b'
                    2 | mode "a b"
                      |      ^~~~~
                2 errors. Configuration not accepted; a running proxy keeps what it has.

                """)
    }

    @Test("an override is data: variables in it are not replaced")
    func overrideData() throws {
        let overrides = [Override(name: "pid-file", arguments: ["/run/${X} #1"])]
        #expect(try accepted("", overrides: overrides).settings.pidFile == "/run/${X} #1")
    }

    @Test("variables in the file are replaced")
    func variables() throws {
        let text = "upstream redis://:${PW}@${HOST:-localhost}\n# ${NOT_READ}"
        let settings = try accepted(text, environment: ["PW": "s"]).settings
        #expect(settings.upstream.description == "redis://:***@localhost:6379")
        #expect(settings.upstream.password?.revealed == "s")
    }

    @Test("a password on the command line is accepted with a warning")
    func passwordOnCommandLine() throws {
        let overrides = [Override(name: "upstream", arguments: ["redis://:s3cret@h"])]
        let configuration = try accepted("", overrides: overrides)
        #expect(configuration.diagnostics.map(\.severity) == [.warning])
        #expect(!render(configuration.diagnostics, sources: Sources()).contains("s3cret"))
    }

    @Test("the separator holds for conventions before and after it")
    func separator() throws {
        let configuration = try accepted("tag a.{x} t\nseparator .")
        let (matching, longer) = (ByteString("a.1"), ByteString("a.1.2"))
        let concerned = configuration.conventions.concerns(matching.span)
        let mistaken = configuration.conventions.concerns(longer.span)
        #expect(concerned && !mistaken)
    }

    @Test("what only looks like a variable is written so that it stays as it is")
    func literalVariables() throws {
        let first = try accepted("pid-file '/run/${X}'\naudit-file '/a\\${b}\"${c}'")
        #expect(first.settings.pidFile == "/run/${X}")
        let lines = first.effectiveLines(showSecrets: true).joined(separator: "\n")
        #expect(try accepted(lines, environment: ["X": "y", "b": "z", "c": "w"]).settings == first.settings)
    }

    @Test("effective lines give the same configuration again")
    func effectiveLines() throws {
        let text = "workers 2\nlisten h:1\nlisten h:2\npid-file \"/a b\"\ntag a:{x} t:{x}\nprotect \"s p\""
        let first = try accepted(text)
        let lines = first.effectiveLines(showSecrets: true)
        let second = try accepted(lines.joined(separator: "\n"))
        #expect(second.settings == first.settings)
        #expect(second.conventionLines.map(\.text) == ["tag a:{x} t:{x}", "protect \"s p\""])
    }
}
