import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Sockets: Unix socket files")
struct SocketFileTests {
    @Test("fault 85: a stale socket file is replaced, a live one is refused")
    func staleAndLive() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(upstream: redis.unix)
        try proxy.kill()
        #expect(FileSystem.exists(proxy.directory.path + "/freshet.sock"), "a kill leaves the file")
        try proxy.start()
        #expect(try RawClient(proxy.unix).command("PING") == .simple("PONG"))
        let other = try FreshetProcess.run([
            "serve", "--listen", "unix:\(proxy.directory.path)/freshet.sock", "--admin", "off",
        ])
        #expect(other.exit == .code(1))
        #expect(other.output.contains("stop what listens there or choose another path"), "\(other.output)")
        #expect(try RawClient(proxy.unix).command("PING") == .simple("PONG"), "the live one is unharmed")
    }

    @Test("fault 86: a Unix socket is its owner's alone from its first moment")
    func permissions() throws {
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, wrapper: ["sh", "-c", "umask 000; exec \"$0\" \"$@\""])
        var status = stat()
        #expect(unsafe stat(proxy.directory.path + "/freshet.sock", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
    }
}
