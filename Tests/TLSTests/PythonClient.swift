import TestSupport
import Testing

/// Scripts of `Tests/clients` with the certificates of a stage.
enum PythonClient {
    static func run(
        _ name: String, _ stage: TLSStage, protocolVersion: Int = 3, withinMilliseconds limit: Int = 60_000,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let python = RepositoryRoot.file(".build/venv/bin/python")
        try #require(FileSystem.isExecutable(python), "there is no \(python): run scripts/setup.sh")
        let credentials = stage.credentials
        let (exit, output) = try ChildProcess.run(
            [
                python, RepositoryRoot.file("Tests/clients/python/\(name).py"), "\(stage.port)",
                "\(protocolVersion)",
            ],
            environment: [
                "TLS_AUTHORITY=\(credentials.authority.certificate)",
                "TLS_CERTIFICATE=\(credentials.client.certificate)", "TLS_KEY=\(credentials.client.key)",
            ], withinMilliseconds: limit)
        #expect(exit == .code(0), "\(name).py: \(output)\n\(stage.proxy.log)", sourceLocation: sourceLocation)
    }
}
