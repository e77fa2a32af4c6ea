import Config
import Naming
import Testing

@Suite struct ReloadingTests {
    @Test("what needs a restart is named, what does not is adopted")
    func differences() throws {
        let running = try accepted("workers 1\nlisten h:1\nmode enforce\ntag a:{x} t")
        let fresh = try accepted(
            "workers 2\nlisten h:2\nmode observe\nmax-clients 5\ntag a:{x} t\ntag b:{x} t")
        #expect(fresh.reloadDifferences(from: running) == ["listen", "workers"])
        let adopted = fresh.adopted(by: running)
        #expect(adopted.settings.workers == 1)
        #expect(adopted.settings.listen == running.settings.listen)
        #expect(adopted.settings.mode == .observe)
        #expect(adopted.settings.maxClients == 5)
        #expect(adopted.conventions.count == 2)
        #expect(adopted.origins["workers"] == running.origins["workers"])
        #expect(adopted.reloadDifferences(from: running).isEmpty)
    }

    @Test("the same configuration has no differences")
    func same() throws {
        let running = try accepted("workers 3")
        #expect(try accepted("workers 3").reloadDifferences(from: running).isEmpty)
    }

    @Test("a new separator keeps the running conventions")
    func separator() throws {
        let running = try accepted("tag a:{x} t")
        let fresh = try accepted("separator .\ntag a.{x} t\ntag b.{x} t")
        #expect(fresh.reloadDifferences(from: running) == ["separator"])
        let adopted = fresh.adopted(by: running)
        #expect(adopted.conventions === running.conventions)
        #expect(adopted.conventionLines == running.conventionLines)
    }

    @Test("a changed password needs a restart and is named by its directive only")
    func password() throws {
        let running = try accepted("upstream redis://:a@h")
        #expect(try accepted("upstream redis://:b@h").reloadDifferences(from: running) == ["upstream"])
    }
}
