import TestSupport
import Testing

@Suite("Unit file and check")
struct UnitFileTests {
    private static let path = "systemd/freshet.service"

    @Test("the unit file validates before it reloads, and is hardened")
    func directives() throws {
        let lines = try FileSystem.readText(RepositoryRoot.file(Self.path)).split(separator: "\n").map(
            String.init)
        for line in [
            "Type=notify", "NoNewPrivileges=true", "ProtectSystem=strict", "PrivateDevices=true",
            "CapabilityBoundingSet=", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "LimitNOFILE=65535",
            "MemoryDenyWriteExecute=true", "SystemCallFilter=@system-service", "WatchdogSec=30s",
        ] {
            #expect(lines.contains(line), "no line '\(line)'")
        }
        let reloads = lines.filter { $0.hasPrefix("ExecReload=") }
        #expect(reloads.count == 2)
        #expect(
            reloads.first?.contains("freshet check") == true && reloads.last?.contains("kill -HUP") == true)
    }

    @Test("systemd accepts the unit file", .enabled(if: Surroundings.has("systemd-analyze")))
    func verify() throws {
        let directory = try TemporaryDirectory()
        let executable = try FreshetProcess.executable()
        let unit = try FileSystem.readText(RepositoryRoot.file(Self.path))
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map {
                $0.hasPrefix("Exec")
                    ? $0.split(separator: "/usr/bin/freshet").joined(separator: executable) : String($0)
            }
            .joined(separator: "\n")
        try FileSystem.write(unit, to: directory.path + "/freshet.service")
        let result = try ChildProcess.run(["systemd-analyze", "verify", directory.path + "/freshet.service"])
        #expect(result.exit == .code(0), "\(result.output)")
        #expect(!result.output.contains("freshet.service:"), "\(result.output)")
    }

    @Test("fault 134: check names what this user cannot write, and why")
    func unwritable() throws {
        let directory = try TemporaryDirectory()
        let conf = directory.path + "/proxy.conf"
        try FileSystem.write(
            "audit-file \(directory.path)/none/audit.jsonl\npid-file \(directory.path)/pid\nlisten unix:/\n",
            to: conf)
        let missing = try FreshetProcess.run(["check", conf])
        #expect(missing.exit == .code(78))
        try FileSystem.write(
            "audit-file \(directory.path)/none/audit.jsonl\npid-file \(directory.path)/pid\n", to: conf)
        let warned = try FreshetProcess.run(["check", conf])
        #expect(warned.exit == .code(0))
        #expect(
            warned.output.contains("proxy.conf:1") && warned.output.contains("there is no directory")
                && !warned.output.contains("pid-file"), "\(warned.output)")
        #expect(try FreshetProcess.run(["check", "--strict", conf]).exit == .code(78))
    }

    @Test(
        "fault 134: check names a directory of another owner",
        .enabled(if: Surroundings.isRoot && Surroundings.has("setpriv")))
    func otherOwner() throws {
        let directory = try TemporaryDirectory()
        let conf = directory.path + "/proxy.conf"
        try FileSystem.write("audit-file \(directory.path)/state/audit.jsonl\n", to: conf)
        try Network.run(["mkdir", "-m", "755", directory.path + "/state"])
        try Network.run(["chmod", "755", directory.path])
        try Network.run(["chmod", "644", conf])
        let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        // The build may lie where nobody else may go.
        let binary = directory.path + "/freshet"
        try Network.run(["cp", try FreshetProcess.executable(), binary])
        let result = try ChildProcess.run(nobody + [binary, "check", conf])
        #expect(result.output.contains("not writable (Permission denied)"), "\(result.output)")
        #expect(result.output.contains("belongs to user 0 and this is user 65534"), "\(result.output)")
    }
}
