import TestSupport
import Testing

@Suite("redis-py, a client that real applications use")
struct ClientLibraryTests {
    static let scripts = ["basics", "transactions", "waiting", "scripting", "identity", "pool"]

    @Test("finds everything as it expects it, with RESP2 and RESP3", arguments: scripts, [2, 3])
    func script(_ name: String, protocolVersion: Int) throws {
        let python = RepositoryRoot.file(".build/venv/bin/python")
        try #require(FileSystem.isExecutable(python), "there is no \(python): run scripts/setup.sh")
        let pair = try Pair(.tcp)
        guard case .tcp(let port) = pair.candidateEndpoint else { return }
        let (exit, output) = try ChildProcess.run([
            python, RepositoryRoot.file("Tests/clients/\(name).py"), "\(port)", "\(protocolVersion)",
        ])
        #expect(exit == .code(0), "\(name).py: \(output)")
    }
}
