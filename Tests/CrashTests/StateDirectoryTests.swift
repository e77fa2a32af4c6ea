import TestSupport
import Testing

@Suite("The state directory")
struct StateDirectoryTests {
    @Test("a directory that was asked for and cannot be used is an error at the start, and in check")
    func unusable() throws {
        let directory = try TemporaryDirectory()
        let conf = directory.path + "/proxy.conf"
        try FileSystem.write("state-dir \(directory.path)/none/state\n", to: conf)
        let started = try FreshetProcess.run(["serve", conf])
        #expect(started.exit == .code(1))
        #expect(started.output.contains("state-dir '\(directory.path)/none/state'"), "\(started.output)")
        let checked = try FreshetProcess.run(["check", conf])
        #expect(checked.exit == .code(0))
        #expect(
            checked.output.contains("proxy.conf:1") && checked.output.contains("state-dir"),
            "\(checked.output)")
    }

    @Test("without a directory everything is served, and nothing is kept")
    func off() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "depend view:{n} on src:{n}\nstate-dir off")
        #expect(try RawClient(proxy.unix).command("SET", "src:1", "1") == .simple("OK"))
        #expect(!FileSystem.exists(proxy.directory.path + "/state"))
        #expect(try proxy.metric("freshet_intents_total") == nil)
    }

    @Test("systemd's directory is used where nothing else is said")
    func systemd() throws {
        let redis = try RedisServer()
        let directory = try TemporaryDirectory()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "", environment: ["STATE_DIRECTORY=\(directory.path)"])
        #expect(FileSystem.names(in: directory.path).isEmpty, "the test's own line wins")
        proxy.stop()
        let conf = directory.path + "/proxy.conf"
        let text = try FileSystem.readText(proxy.configurationPath).split(separator: "\n")
            .filter { !$0.hasPrefix("state-dir") }.joined(separator: "\n")
        try FileSystem.write(text + "\n", to: conf)
        let child = try ChildProcess(
            [try FreshetProcess.executable(), "serve", conf],
            environment: ["STATE_DIRECTORY=\(directory.path):/elsewhere"],
            outputPath: directory.path + "/log")
        try waitUntil("its files are there") { FileSystem.exists(directory.path + "/owner.lock") }
        child.terminate()
    }

    @Test("a default that is not there is a warning, told by the metric, and everything is served")
    func missingDefault() throws {
        let redis = try RedisServer()
        let directory = try TemporaryDirectory()
        let proxy = try FreshetProcess(upstream: redis.unix)
        proxy.stop()
        let text = try FileSystem.readText(proxy.configurationPath).split(separator: "\n")
            .filter { !$0.hasPrefix("state-dir") }.joined(separator: "\n")
        try FileSystem.write(text + "\n", to: proxy.configurationPath)
        let child = try ChildProcess(
            [try FreshetProcess.executable(), "serve", proxy.configurationPath],
            environment: ["STATE_DIRECTORY=\(directory.path)/none"], outputPath: directory.path + "/log")
        try waitUntil("it serves") { (try? RawClient(proxy.unix).command("PING")) == .simple("PONG") }
        #expect(try proxy.metric("freshet_durability_degraded{part=\"state-dir\"}") == 1)
        #expect(child.output.contains("durability is degraded"))
        child.terminate()
    }
}
