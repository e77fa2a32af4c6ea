import Synchronization
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Somebody at the admin port who types anything, over HTTP and RESP, and sends signals.
final class HostileOperator {
    private let stage: SiegeStage
    private var random: Seed

    init(_ stage: SiegeStage, seed: Seed) {
        self.stage = stage
        random = seed
    }

    private func one(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
    private func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    func run() {
        while !stage.isOver.load(ordering: .relaxed) {
            if below(20) == 0 { signal() }
            visit()
            pause(milliseconds: below(20))
        }
    }

    private func signal() {
        let harmless = [SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPIPE, 40]
        stage.proxy.signal(harmless.randomElement(using: &random)!)
    }

    private func visit() {
        guard let socket = try? stage.proxy.admin.connectedSocket() else { return pause(milliseconds: 5) }
        defer { close(socket) }
        for _ in 0...below(6) {
            let bytes = below(4) == 0 ? http() : verb()
            _ = unsafe send(socket, bytes, bytes.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
            var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            var chunk = [UInt8](repeating: 0, count: 65536)
            if unsafe poll(&entry, 1, Int32(below(50))) > 0, unsafe recv(socket, &chunk, chunk.count, 0) <= 0
            {
                return
            }
        }
    }

    private func verb() -> [UInt8] {
        var words = ["FRESHET", one(Self.verbs)]
        if below(2) == 0 { words += [one(Self.subverbs)] }
        for _ in 0..<below(6) { words.append(below(3) == 0 ? one(Self.values) : one(Self.options)) }
        if below(10) == 0 { words = [one(["PING", "HELLO", "AUTH", "INFO", "CLIENT"]), one(Self.values)] }
        var bytes =
            below(4) == 0
            ? Array((words.joined(separator: " ") + "\r\n").utf8) : RequestEncoding.command(words)
        if below(8) == 0 { bytes[below(bytes.count)] ^= 1 << UInt8(below(8)) }
        return bytes
    }

    private func http() -> [UInt8] {
        let path = one([
            "/metrics", "/readyz?verbose", "/livez", "/audit?key=%", "/%zz%00", "/" + one(Self.values),
        ])
        let head = "\(one(["GET", "HEAD", "POST", "X"])) \(path) HTTP/\(one(["1.1", "1.0", "9"]))\r\n"
        let length = one(["", "Content-Length: 9223372036854775807\r\n", "Transfer-Encoding: chunked\r\n"])
        return Array((head + "Host: \(one(["localhost", "evil", "127.0.0.1"]))\r\n" + length + "\r\n").utf8)
    }

    private static let verbs = [
        "INVALIDATE", "TAG", "TTL", "QUEUE", "DLQ", "RULE", "SCHEDULE", "PAUSE", "RESUME", "INFO", "HELP",
        "RELOAD",
        "ALERT", "EXPLAIN", "INDEX", "NOSUCH", "TRY", "",
    ]
    private static let subverbs = [
        "KEY", "TAG", "PATTERN", "EXPR", "RELATED", "LIST", "SHOW", "CANCEL", "RETRY", "DROP", "SET", "RUN",
        "DEL", "CHECK", "REBUILD", "KEYS", "ALL", "STATUS", "TEST",
    ]
    private static let options = [
        "ASYNC", "DRYRUN", "SOFTLY", "OVER", "DB", "FORCE", "LIMIT", "SINCE", "STATE", "MATCH", "RULE",
        "SIDE",
        "5s", "1ms", "pages", "pages/1", "page:1:x", "page:*", "pages AND grp/1", "NOT pages", "often",
        "drop",
    ]
    private static let values = [
        "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "99999999999d",
        "9223372036854775807s", "", "*", "**", "((((((", "a AND", "!", "\u{0}",
        String(repeating: "(", count: 3000),
        String(repeating: "x", count: 70_000), "on", "invalidate", "tag:x/{id}", "{id", "%", "pattern:**",
    ]
}
