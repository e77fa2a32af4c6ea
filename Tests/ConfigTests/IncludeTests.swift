import Bytes
import Config
import Naming
import Testing

@Suite struct IncludeTests {
    private let folder = TemporaryFolder()

    @Test("an include stands in place of its line, relative to the including file")
    func includes() throws {
        let main = folder.write("main.conf", "workers 1\ninclude sub/a.conf\nlinks-per-group 4")
        folder.write("sub/a.conf", "workers 2\nlinks-per-group 3\ninclude b.conf")
        folder.write("sub/b.conf", "max-clients 7\ntag a:{x} t")
        let outcome = Loader.load(file: main)
        let configuration = try #require(outcome.configuration, "\(outcome.rendered)")
        #expect(configuration.settings.workers == 2)
        #expect(configuration.settings.linksPerGroup == 4)
        #expect(configuration.settings.maxClients == 7)
        #expect(configuration.conventions.count == 1)
        #expect(configuration.origins["max-clients"]?.description == "\(folder.path)/sub/b.conf:1")
    }

    @Test("an error in an included file is cited there, in the order of reading")
    func errorsInside() {
        let main = folder.write("main.conf", "include a.conf\nworkers x")
        folder.write("a.conf", "\nmode x")
        let places = Loader.load(file: main).diagnostics.map(\.location.cited)
        #expect(places == ["\(folder.path)/main.conf:2", "\(folder.path)/a.conf:2"])
    }

    @Test("fault 137: a loop of includes is an error that names the way around")
    func loop() {
        let main = folder.write("main.conf", "include a.conf")
        let other = folder.write("a.conf", "include ./main.conf")
        let outcome = Loader.load(file: main)
        #expect(outcome.configuration == nil)
        #expect(
            outcome.diagnostics.map(\.message) == [
                "include loop: \(main) -> \(other) -> \(folder.path)/./main.conf"
            ])
    }

    @Test("the same file twice, one after the other, is no loop")
    func twice() {
        let main = folder.write("main.conf", "include a.conf\ninclude a.conf")
        folder.write("a.conf", "workers 2")
        #expect(Loader.load(file: main).configuration?.settings.workers == 2)
    }

    @Test("fault 137: eight files deep is accepted, nine is not", arguments: [8, 9])
    func depth(levels: Int) {
        for level in 0..<levels { folder.write("\(level).conf", "include \(level + 1).conf") }
        folder.write("\(levels).conf", "workers 2")
        let outcome = Loader.load(file: "\(folder.path)/0.conf")
        #expect((outcome.configuration == nil) == (levels > 8))
        if levels > 8 { #expect(outcome.diagnostics.first?.message.contains("at most 8 deep") == true) }
    }

    @Test("fault 137: files that multiply are stopped")
    func explosion() {
        for level in 0..<8 {
            folder.write("\(level).conf", String(repeating: "include \(level + 1).conf\n", count: 10))
        }
        folder.write("8.conf", "")
        let outcome = Loader.load(file: "\(folder.path)/0.conf")
        #expect(outcome.diagnostics.map(\.message) == ["expected at most 1000 files in all"])
    }

    @Test("a file that cannot be read is told with the system's reason")
    func missing() {
        let main = folder.write("main.conf", "workers 2\ninclude none.conf")
        let path = "\(folder.path)/none.conf"
        let reason = "expected a readable file, but '\(path)' cannot be read: No such file or directory"
        #expect(Loader.load(file: main).diagnostics.map(\.message) == [reason])
        #expect(
            Loader.load(file: path).rendered
                == "\(path): error: \(reason)\n1 error. Configuration not accepted; "
                + "a running proxy keeps what it has.\n")
        #expect(Loader.load(file: folder.path).diagnostics.first?.message.hasSuffix("Is a directory") == true)
    }

    @Test("a password file gives the upstream's password without its line end")
    func passwordFile() throws {
        let file = folder.write("pw", "s3 cret\r\n")
        let configuration = try accepted("upstream redis://u:other@h\nupstream-password-file \(file)")
        #expect(configuration.settings.upstream.user == "u")
        #expect(configuration.settings.upstream.password?.revealed == "s3 cret")
        #expect(!configuration.effectiveLines(showSecrets: false).joined().contains("s3"))
        let empty = folder.write("empty", "\n")
        #expect(messages(of: "upstream-password-file \(empty)").count == 1)
        #expect(messages(of: "upstream-password-file \(folder.path)/none").count == 1)
    }
}
