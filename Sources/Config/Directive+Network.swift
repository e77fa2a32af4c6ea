import Bytes
import Naming

extension Directive {
    static let network: [Directive] = [
        listen,
        scalar(
            "admin", \.admin, .addressOrOff, in: .network, reloadable: false,
            help: "Where operators connect: the FRESHET verbs over RESP, and HTTP for /metrics, /healthz, "
                + "/readyz and /audit. Keep it on loopback or a Unix socket; whoever reaches it can "
                + "invalidate.",
            example: "admin unix:/run/freshet/admin.sock"),
        upstream,
        scalar(
            "upstream-password-file", \.upstreamPasswordFile, .path, in: .network, reloadable: false,
            help: "A file whose content, without its last line end, is the password of the upstream's "
                + "user. It wins over a password in the URL and keeps the secret out of this file and out "
                + "of the process list.",
            example: "upstream-password-file /run/secrets/redis-password"),
        scalar(
            "workers", \.workers, .count(1...64, unit: "threads"), in: .network, reloadable: false,
            help: "Event loops that serve clients, each on its own thread with its own links. More than the "
                + "cores of the pod only adds switching.",
            example: "workers 2"),
        scalar(
            "pid-file", \.pidFile, .path, in: .network, reloadable: false,
            help: "Where to write the process id once the listeners are bound; removed at an orderly stop.",
            example: "pid-file /run/freshet/freshet.pid"),
        scalar(
            "reuse-port", \.reusePort, .yesOrNo, in: .network, reloadable: false,
            help: "Whether another process may listen on the same addresses, for a restart that refuses "
                + "nobody: start the new process beside the old one, then send SIGTERM to the old one. The "
                + "new one takes a Unix socket over, and writes the audit once the old one is gone. With no, "
                + "a second process is refused.",
            example: "reuse-port yes"),
        Directive(
            name: "include", section: .network, kind: .include, arguments: "PATH", unit: nil,
            isReloadable: true,
            help: "Reads another file here, as if its lines stood in place of this one. A relative path "
                + "starts at the including file's directory. At most 8 files deep; a loop is an error.",
            example: "include conventions.conf", binding: nil),
    ]

    private static let listen = Directive(
        name: "listen", section: .network, kind: .list, arguments: "ADDRESS", unit: nil, isReloadable: false,
        help: "Where applications connect: host:port, [v6]:port or unix:/path; tls:// before host:port makes "
            + "it a TLS listener, which needs tls-cert-file and tls-key-file. Repeat it for several "
            + "listeners; the first one replaces the default. Port 0 takes any free port.",
        example: "listen unix:/run/freshet/freshet.sock",
        binding: Binding(
            arity: 1...1,
            set: { settings, words throws(Diagnostic) in
                settings.listen.append(try Parameter<ListenAddress>.listenAddress.parse(words[0]))
            },
            show: { settings, _ in settings.listen.map { Parameter<ListenAddress>.listenAddress.show($0) } },
            isEqual: { $0.listen == $1.listen },
            copy: { $1.listen = $0.listen },
            clear: { $0.listen = [] }))

    private static let upstream = Directive(
        name: "upstream", section: .network, kind: .scalar, arguments: "URL", unit: nil, isReloadable: false,
        help: "The Redis behind the proxy: redis://[user[:password]@]host[:port], rediss:// for TLS, or "
            + "unix:///path (redis+unix:// is the same). The user is who Freshet is for its own commands; "
            + "applications still authenticate as themselves. User and password may be percent-encoded; "
            + "better, write ${VAR} or use upstream-password-file.",
        example: "upstream redis://freshet:${REDIS_PASSWORD}@10.0.0.5:6379",
        binding: Binding(
            arity: 1...1,
            set: { settings, words throws(Diagnostic) in settings.upstream = try parseUpstream(words[0]) },
            show: { [Quotation.token(ByteString($0.upstream.url(showSecrets: $1)))] },
            isEqual: { $0.upstream == $1.upstream },
            copy: { $1.upstream = $0.upstream },
            clear: nil))

    static func parseUpstream(_ word: Word) throws(Diagnostic) -> Upstream {
        guard let url = String(validating: word.text.bytes, as: UTF8.self) else {
            throw .error(Upstream.Refusal.form.rawValue, at: word.location)
        }
        do {
            return try Upstream(url: url)
        } catch {
            throw .error(error.rawValue, at: word.location)
        }
    }
}
