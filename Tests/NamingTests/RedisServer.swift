import Bytes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A Redis server of its own on a Unix socket in a temporary directory.
struct RedisServer {
    struct Failure: Error {
        var message: String
    }

    private let process: pid_t
    private let directory: String
    private let socket: Int32

    init() throws {
        var template = Array("/tmp/naming-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw Failure(message: "no temporary directory") }
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let path = directory + "/redis.sock"
        process = try Self.spawn([
            "redis-server", "--port", "0", "--unixsocket", path, "--dir", directory, "--save", "",
            "--logfile",
            directory + "/log",
        ])
        socket = try Self.connect(path)
    }

    /// Ends the server and removes its directory.
    func stop() {
        close(socket)
        kill(process, SIGKILL)
        _ = waitpid(process, nil, 0)
        for name in ["/log", "/redis.sock", ""] { _ = unsafe remove(directory + name) }
    }

    /// Whether Redis's Lua finds `lua` in `key`.
    func matches(key: ByteString, lua: ByteString) throws -> Bool {
        let script: ByteString = "return string.find(KEYS[1], ARGV[1]) and 1 or 0"
        let reply = try ask(["EVAL", script, "1", key, lua])
        guard reply == ":1\r\n" || reply == ":0\r\n" else { throw Failure(message: reply) }
        return reply == ":1\r\n"
    }

    private func ask(_ words: [ByteString]) throws -> String {
        var request = Array("*\(words.count)\r\n".utf8)
        for word in words { request += Array("$\(word.count)\r\n".utf8) + word.bytes + [0x0d, 0x0a] }
        guard unsafe write(socket, request, request.count) == request.count else {
            throw Failure(message: "cannot write")
        }
        var reply: [UInt8] = []
        while reply.last != 0x0a {
            var block = [UInt8](repeating: 0, count: 512)
            let count = unsafe read(socket, &block, block.count)
            guard count > 0 else { throw Failure(message: "cannot read") }
            reply += block[..<count]
        }
        return String(decoding: reply, as: UTF8.self)
    }

    private static func spawn(_ words: [String]) throws -> pid_t {
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in words.indices { unsafe free(arguments[index]) } }
        var process: pid_t = 0
        let code = unsafe posix_spawnp(&process, "redis-server", nil, nil, &arguments, environ)
        guard code == 0 else { throw Failure(message: "cannot start redis-server: \(code)") }
        return process
    }

    /// Tries until the server listens, ten seconds at most.
    private static func connect(_ path: String) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            let code = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if code == 0 { return descriptor }
            close(descriptor)
            sched_yield()
        }
        throw Failure(message: "redis-server does not listen")
    }
}
