import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Supervisor")
struct SupervisorTests {
    /// The datagram socket that systemd would listen on.
    private final class NotifySocket {
        let path: String
        private let descriptor: Int32
        private let directory: TemporaryDirectory

        init(isAbstract: Bool) throws {
            directory = try TemporaryDirectory()
            path = (isAbstract ? "@" : "") + directory.path + "/notify"
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let name = isAbstract ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
            let count = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
            let code = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe bind(
                    descriptor, UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), count)
            }
            guard code == 0 else { throw SupportError("cannot listen on \(path)") }
        }

        deinit { close(descriptor) }

        /// The next message; empty when none comes in time.
        func next() -> String {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&entry, 1, 20_000) == 1 else { return "" }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }

        /// The next message that is no sign of life.
        func nextEvent() -> String {
            while true {
                let message = next()
                if message != "WATCHDOG=1" { return message }
            }
        }
    }

    @Test("it tells a service manager of start, reload and stop", arguments: [false, true])
    func notify(isAbstract: Bool) throws {
        let manager = try NotifySocket(isAbstract: isAbstract)
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, environment: ["NOTIFY_SOCKET=\(manager.path)"])
        #expect(manager.nextEvent().hasPrefix("READY=1\nSTATUS=serving"))
        proxy.signal(SIGHUP)
        let reloading = manager.nextEvent().split(separator: "\n")
        #expect(reloading.first == "RELOADING=1")
        let stamp = reloading.last.flatMap { Int($0.dropFirst("MONOTONIC_USEC=".count)) }
        #expect(try #require(stamp) > 0)
        #expect(manager.nextEvent() == "READY=1")
        proxy.signal(SIGTERM)
        #expect(manager.nextEvent().hasPrefix("STOPPING=1"))
        #expect(try proxy.waitForExit(withinMilliseconds: 20_000) == .code(0))
    }

    @Test("fault 129: after a reload that failed the service manager hears that the old one serves on")
    func failedReload() throws {
        let manager = try NotifySocket(isAbstract: false)
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, environment: ["NOTIFY_SOCKET=\(manager.path)"])
        #expect(manager.nextEvent().hasPrefix("READY=1"))
        try FileSystem.write("nonsense\n", to: proxy.configurationPath)
        proxy.signal(SIGHUP)
        #expect(manager.nextEvent().hasPrefix("RELOADING=1"))
        #expect(manager.nextEvent() == "READY=1")
    }

    @Test("the watchdog is fed while every loop turns")
    func watchdog() throws {
        let manager = try NotifySocket(isAbstract: false)
        let redis = try RedisServer()
        let proxy = try FreshetProcess(
            upstream: redis.unix, configuration: "workers 2",
            environment: ["NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=200000"])
        #expect(manager.nextEvent() == "READY=1\nSTATUS=serving, with 0 conventions")
        for _ in 0..<5 { #expect(manager.next() == "WATCHDOG=1") }
        #expect(try RawClient(proxy.tcp).command("PING") == .simple("PONG"))
    }
}
