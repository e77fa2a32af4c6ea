import TestSupport

/// One way to run the proxy under siege, chosen by a seed.
public struct SiegeSetup: Sendable, CustomStringConvertible {
    /// How the disk is on which state and audit lie.
    enum Disk: String, Sendable, CaseIterable { case roomy, small, full }

    let lines: [String]
    let disk: Disk
    let hasTLS: Bool
    /// How many descriptors the proxy may have; nil for as many as there are.
    let descriptors: Int?
    let clients: Int

    public var description: String {
        "disk \(disk.rawValue)" + (hasTLS ? ", TLS" : "") + (descriptors.map { ", \($0) descriptors" } ?? "")
            + ", " + lines.joined(separator: ", ")
    }

    static let conventions = """
        tag page:{id}:** pages pages/{id}
        tag item:{id} group/{id}
        tag obj:{a}:{b} grp/{a}
        depend view:{a}:{b} on obj:{a}:{b}
        depend page:{id}:* on product:{id}
        depend cart:{id} on product:{id} price:{id}
        rule drop on price:{id} invalidate tag:group/{id} pattern:page:{id}:** after 20ms
        rule soft on product:{id} invalidate tag:pages/{id} softly 50ms when command=SET,DEL
        rule big on all:{id} invalidate tag:pages
        schedule often "* * * * *" invalidate tag:pages
        protect session:**

        """

    init(_ seed: inout Seed) {
        func one(_ choices: String...) -> String { choices.randomElement(using: &seed) ?? "" }
        func maybe(_ line: String) -> [String] { Bool.random(using: &seed) ? [line] : [] }
        var lines = [
            "connections \(one("shared", "shared", "dedicated"))", "workers \(one("1", "2"))",
            "links-per-group \(one("1", "2", "4"))", "cascade \(one("before-reply", "after-reply"))",
            "cascade-durability \(one("always", "everysec", "everysec", "no"))",
            "audit-on-full \(one("drop", "block"))", "audit-queue \(one("1", "64", "65536"))",
        ]
        lines += maybe("stream-threshold 2kb") + maybe("client-output-limit 32kb")
        lines += maybe("client-pipeline-limit 16kb") + maybe("cascade-max-keys 5")
        lines +=
            maybe("max-fanout 20") + maybe("max-depth 2") + maybe("queue-items 20\nqueue-memory-items 16")
        lines += maybe("max-args 100") + maybe("max-clients 20") + maybe("scripts deny")
        lines += maybe("intent-journal-limit 1mb") + maybe("mode observe") + maybe("audit-max-bytes 8kb")
        self.lines = lines
        disk = SmallDisk.canMount ? Disk.allCases.randomElement(using: &seed)! : .roomy
        hasTLS = Int.random(in: 0..<4, using: &seed) == 0
        descriptors = Int.random(in: 0..<4, using: &seed) == 0 ? Int.random(in: 72...140, using: &seed) : nil
        clients = Int.random(in: 4...16, using: &seed)
    }
}
