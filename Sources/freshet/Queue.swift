import App
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Shows the engine's work in a running proxy.
struct Queue: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a running proxy has still to invalidate, and how far it is.",
        discussion: """
            A piece of work is paused, resumed or cancelled by its id: \
            redis-cli -p 6381 FRESHET QUEUE PAUSE 17
            """)

    @OptionGroup var admin: AdminOptions
    @Flag(help: "Go on showing, twice a second, until nothing is left; on a terminal with a progress bar.")
    var watch = false
    @Option(help: "How many pieces to show.") var limit = 100

    func run() throws {
        try admin.asking {
            let client = try AdminClient(admin.admin)
            if watch { try show(client) } else { try list(client) }
        }
    }

    private func entries(_ client: AdminClient) throws -> [AdminValue] {
        try client.value(["FRESHET", "QUEUE", "LIST", "LIMIT", "\(limit)"]).elements
    }

    private func list(_ client: AdminClient) throws {
        let entries = try entries(client)
        if !admin.json, let paused = try Self.paused(client) { print(paused) }
        if admin.json {
            for entry in entries { print(entry.jsonObject) }
        } else if entries.isEmpty {
            print("nothing waits")
        } else {
            for line in QueueTable.lines(entries) { print(line) }
        }
    }

    /// What is paused, in a line; nil when nothing is.
    private static func paused(_ client: AdminClient) throws -> String? {
        let lines = try client.value(["FRESHET", "INFO", "queue"]).rawText.split(separator: "\r\n")
        func field(_ name: String) -> String {
            lines.first { $0.hasPrefix(name + ":") }.map { String($0.dropFirst(name.utf8.count + 1)) } ?? ""
        }
        if field("paused") == "yes" { return "PAUSED: all that nobody asked for (FRESHET RESUME)" }
        let rules = field("paused_rules")
        return rules.isEmpty ? nil : "PAUSED: the work of \(rules) (FRESHET RULE RESUME)"
    }

    private func show(_ client: AdminClient) throws {
        let isTerminal = isatty(1) == 1 && !admin.json
        var shown = 0
        while true {
            let entries = try entries(client)
            if isTerminal {
                if shown > 0 { print("\u{1b}[\(shown)A\u{1b}[J", terminator: "") }
                for entry in entries.prefix(20) { print(QueueTable.progress(entry)) }
                shown = min(20, entries.count)
            } else {
                for entry in entries {
                    print(admin.json ? entry.jsonObject : QueueTable.progress(entry))
                }
            }
            fflush(nil)
            if entries.isEmpty { return }
            usleep(500_000)
        }
    }
}
