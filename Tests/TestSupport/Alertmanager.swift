import Synchronization

/// A real Alertmanager of a test's own, on a free port, that notifies nobody.
public final class Alertmanager: Sendable {
    public let port: UInt16
    private let directory: TemporaryDirectory
    private let process = Mutex<ChildProcess?>(nil)

    public var endpoint: Endpoint { .tcp(port) }
    public var url: String { "http://127.0.0.1:\(port)" }

    public init(starts: Bool = true) throws {
        directory = try TemporaryDirectory()
        port = try Endpoint.freePort()
        try FileSystem.write(
            """
            route:
              receiver: nobody
              group_wait: 1s
            receivers:
              - name: nobody

            """, to: directory.path + "/alertmanager.yml")
        if starts { try start() }
    }

    /// Starts it, again if need be; what it knew is gone.
    public func start() throws {
        FileSystem.removeTree(directory.path + "/data")
        let child = try ChildProcess(
            [
                "prometheus-alertmanager", "--config.file=\(directory.path)/alertmanager.yml",
                "--storage.path=\(directory.path)/data", "--web.listen-address=127.0.0.1:\(port)",
                "--cluster.listen-address=",
            ], outputPath: directory.path + "/alertmanager.log")
        process.withLock { $0 = child }
        try waitUntil("alertmanager on port \(port)", withinMilliseconds: 30_000) {
            if let exit = child.exitIfEnded() {
                throw SupportError("alertmanager ended at its start (\(exit)): \(child.output)")
            }
            return (try? AdminHTTP.get("/-/ready", from: endpoint))?.status == 200
        }
    }

    public func stop() { process.withLock { $0?.terminate() } }

    /// What GET /api/v2/alerts says, in JSON.
    public func alerts() throws -> String { try AdminHTTP.get("/api/v2/alerts", from: endpoint).body }

    /// Whether an alert of this name is active.
    public func hasActive(_ name: String) throws -> Bool {
        let response = try AdminHTTP.get(
            "/api/v2/alerts?active=true&filter=alertname%3D\(name)", from: endpoint)
        return response.body.contains("\"alertname\":\"\(name)\"")
    }
}
