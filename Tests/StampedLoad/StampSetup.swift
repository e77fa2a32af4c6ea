/// One way to run the proxy under a stamped load.
public struct StampSetup: Sendable, CustomStringConvertible {
    public let name: String
    let configuration: String
    /// Sizes around which values are chosen: where the proxy begins to stream.
    let streamThreshold: Int

    public var description: String { name }

    /// Tags that are recorded, and views that go with their sources.
    static let conventions = """
        tag hot:{client}:** hot/{client}
        depend view:{client}:{place}:{rest} on source:{client}:{place}:{rest}
        rule purge on source:{client}:0:{rest} invalidate tag:hot/{client}
        """

    private static let quick = "reconnect-backoff 5ms 50ms\nconnect-timeout 5s\nlog-level warning"

    private init(
        _ name: String, connections: String, links: Int, workers: Int, hasConventions: Bool,
        streamThreshold: Int = 64 << 10, _ more: String = ""
    ) {
        self.name = name
        self.streamThreshold = streamThreshold
        configuration = """
            \(Self.quick)
            connections \(connections)
            links-per-group \(links)
            workers \(workers)
            stream-threshold \(streamThreshold)
            \(more)
            \(hasConventions ? Self.conventions : "")
            """
    }

    /// Shared and dedicated, one worker and two, with conventions and without, narrow and roomy.
    public static let all: [StampSetup] = [
        StampSetup("shared, 2 links", connections: "shared", links: 2, workers: 1, hasConventions: false),
        StampSetup(
            "shared, 1 link, 2 workers, conventions", connections: "shared", links: 1, workers: 2,
            hasConventions: true),
        StampSetup(
            "dedicated, conventions", connections: "dedicated", links: 2, workers: 1, hasConventions: true),
        StampSetup(
            "shared, 4 links, conventions, narrow limits", connections: "shared", links: 4, workers: 1,
            hasConventions: true, streamThreshold: 2 << 10,
            "client-output-limit 32kb\nclient-pipeline-limit 16kb\nidle-pinned-links 2"),
        StampSetup(
            "dedicated, 2 workers, narrow limits", connections: "dedicated", links: 1, workers: 2,
            hasConventions: false, streamThreshold: 2 << 10,
            "client-output-limit 32kb\nclient-pipeline-limit 16kb"),
        StampSetup(
            "shared, 3 links, 2 workers, conventions, replies before cascades", connections: "shared",
            links: 3, workers: 2, hasConventions: true, "cascade after-reply"),
    ]
}
