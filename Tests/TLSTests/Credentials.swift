import TestSupport

/// The certificates that most tests here need, made once.
struct Credentials: Sendable {
    let store: TestCertificates
    /// The authority that everybody trusts.
    let authority: TestCertificates.Pair
    /// One that nobody trusts.
    let stranger: TestCertificates.Pair
    /// For localhost and 127.0.0.1.
    let server: TestCertificates.Pair
    let client: TestCertificates.Pair
    /// A client's certificate by the authority that nobody trusts.
    let foreign: TestCertificates.Pair

    init() throws {
        store = try TestCertificates()
        authority = try store.authority("authority")
        stranger = try store.authority("stranger")
        server = try store.certificate("server", by: authority)
        client = try store.certificate("client", by: authority, names: ["DNS:client"])
        foreign = try store.certificate("foreign", by: stranger, names: ["DNS:client"])
    }

    private static let made = Result { try Credentials() }

    static func shared() throws -> Credentials { try made.get() }
}
