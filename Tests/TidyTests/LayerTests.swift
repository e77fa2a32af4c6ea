import TestSupport
import Testing

@Suite("Layers")
struct LayerTests {
    /// Who may import whom; dependencies point down.
    private static let layers: [String: Set<String>] = [
        "Bytes": [],
        "Threads": [],
        "RESP": ["Bytes"],
        "Commands": ["Bytes", "RESP"],
        "Schedules": ["Bytes"],
        "Naming": ["Bytes", "Schedules"],
        "Config": ["Bytes", "Naming"],
        "EventLoop": ["Bytes", "Threads", "CUV", "CLibSSL"],
        "Metrics": [],
        "Audit": ["Bytes", "Threads", "COpenSSL"],
        "Hiredis": ["Bytes", "RESP", "CHiredis"],
        "Store": ["Bytes", "Threads", "CSQLite"],
        "Alerts": ["Threads", "CCurl"],
        "Relay": ["Bytes", "RESP", "Commands", "Naming", "Config", "EventLoop", "Hiredis", "Logging"],
        "Invalidation": [
            "Bytes", "RESP", "Commands", "Naming", "Schedules", "Config", "EventLoop", "Hiredis", "Relay",
            "Audit", "Metrics", "Store", "Alerts", "Logging",
        ],
        "Admin": [
            "Bytes", "RESP", "Commands", "Naming", "Schedules", "Config", "EventLoop", "Audit",
            "Invalidation", "Alerts",
            "CMicrohttpd",
        ],
        "App": [
            "Bytes", "Threads", "Commands", "Naming", "Config", "EventLoop", "Metrics", "Audit", "Hiredis",
            "Relay", "Invalidation", "Store", "Alerts", "Admin", "Logging",
        ],
        "FreshetEngine": [
            "App", "Alerts", "Audit", "Bytes", "Config", "EventLoop", "Invalidation", "Metrics", "Naming",
            "Relay", "Store", "Logging",
        ],
        "freshet": ["App", "Admin", "Bytes", "Naming", "Config", "Metrics", "Audit", "ArgumentParser"],
    ]

    /// Modules of the toolchain, which every layer may import.
    private static let toolchain: Set<String> = [
        "Glibc", "Musl", "Synchronization", "Dispatch", "FoundationEssentials", "Swift",
    ]

    @Test("no target imports what the design keeps from it")
    func edges() throws {
        var violations: [String] = []
        for file in try SourceFile.product() {
            guard let allowed = Self.layers[file.target] else {
                violations.append(
                    "\(file.path):1: the target '\(file.target)' has no place in the table of layers")
                continue
            }
            for (number, module) in Self.imports(of: file) where !Self.toolchain.contains(module) {
                if allowed.contains(module) { continue }
                violations.append("\(file.path):\(number): \(file.target) must not import \(module)")
            }
        }
        expectNone(violations)
    }

    @Test("each C library is imported by exactly one target")
    func libraries() throws {
        var importers: [String: Set<String>] = [:]
        for file in try SourceFile.product() {
            for (_, module) in Self.imports(of: file) where Self.isLibrary(module) {
                importers[module, default: []].insert(file.target)
            }
        }
        expectNone(
            importers.filter { $0.value.count > 1 }.map { library, targets in
                "Sources/\(library):1: only one target may import it, but \(targets.sorted()) do"
            })
    }

    private static func isLibrary(_ module: String) -> Bool {
        FileSystem.exists(RepositoryRoot.file("Sources/\(module)/module.modulemap"))
    }

    private static func imports(of file: SourceFile) -> [(number: Int, module: String)] {
        file.code.compactMap { number, text -> (number: Int, module: String)? in
            let words = text.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place + 1 < words.count, place <= 2 else {
                return nil
            }
            let name = words[(place + 1)...].last?.split(separator: ".").first
            return name.map { (number, String($0)) }
        }
    }
}
