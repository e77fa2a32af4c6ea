import EventLoop
import TestSupport

/// Both sides of TLS for streams of one test process.
struct TestTLS: Sendable {
    static let shared = Result { try TestTLS() }

    let accepting: TLSContext
    let connecting: TLSUpstream
    /// Trusts nobody whom a test knows.
    let mistrusting: TLSUpstream

    private init() throws {
        let store = try TestCertificates()
        let (authority, other) = (try store.authority("authority"), try store.authority("other"))
        let server = try store.certificate("server", by: authority)
        var options = TLSOptions()
        options.certificateFile = server.certificate
        options.keyFile = server.key
        options.peerCertificate = .ignored
        accepting = try TLSContext(.accepting, options)
        connecting = try Self.client(trusting: authority)
        mistrusting = try Self.client(trusting: other)
    }

    private static func client(trusting authority: TestCertificates.Pair) throws -> TLSUpstream {
        var options = TLSOptions()
        options.authorityFile = authority.certificate
        return TLSUpstream(context: try TLSContext(.connecting, options), serverName: "localhost")
    }
}
