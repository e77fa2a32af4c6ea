import TestSupport

/// A Redis that wants a password, which Freshet has, with pages that refused writes must leave.
final class RefusalSite {
    static let conventions = """
        depend page:{x} on item:{x}
        tag item:{x} shelf:{x}
        idle-pinned-links 0
        workers 1
        """

    let site: Site
    private let secrets: TemporaryDirectory

    init(_ mode: Mode, _ conventions: String = RefusalSite.conventions) throws {
        secrets = try TemporaryDirectory()
        let path = secrets.path + "/password"
        try FileSystem.write("secret", to: path)
        site = try Site(
            mode, conventions + "\nupstream-password-file \(path)", options: ["--requirepass", "secret"])
        try site.redis("AUTH secret")
        try site.redis("ACL SETUSER reader on >pw ~* &* -@all +@read +@connection +@transaction +@blocking")
        try waitUntil("Freshet has logged in") {
            try AdminHTTP.get("/readyz", from: site.proxy.admin).status == 200
        }
        for line in ["RPUSH item:1 1", "SET item:2 x", "SET page:1 x", "SET page:2 x"] {
            try site.redis(line)
        }
    }

    enum Who: String, CaseIterable, Sendable { case nobody, reader, writer }

    func client(_ who: Who, isTCP: Bool = false) throws -> RawClient {
        let client = try site.client(isTCP: isTCP)
        switch who {
        case .nobody: break
        case .reader: _ = try client.run("AUTH reader pw")
        case .writer: _ = try client.run("AUTH secret")
        }
        return client
    }

    /// All that Redis has, index included.
    func digest() throws -> String { try site.redis("DEBUG DIGEST").text ?? "" }

    /// How many cascades the audit has.
    func cascades() throws -> Int { try site.audit().count { $0.contains("\"kind\":\"cascade\"") } }

    /// Waits until no client that has gone has a link any more.
    func waitForLeaving() throws {
        try waitUntil("links of clients that have gone are closed") {
            !(try site.redis("CLIENT LIST").text ?? "").contains("name=freshet:pinned")
        }
    }
}
