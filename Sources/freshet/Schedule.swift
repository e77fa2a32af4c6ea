import App
import ArgumentParser

/// Shows the schedules of a running proxy, and runs them.
struct Schedule: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a running proxy invalidates at fixed times, or do it now.",
        subcommands: [ScheduleList.self, ScheduleRun.self], defaultSubcommand: ScheduleList.self)
}

/// Lists the schedules with their last and next runs.
struct ScheduleList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the schedules with their last and next runs.")

    @OptionGroup var admin: AdminOptions

    func run() throws {
        try admin.asking {
            let entries = try AdminClient(admin.admin).value(["FRESHET", "SCHEDULE", "LIST"]).elements
            if admin.json {
                for entry in entries { print(entry.jsonObject) }
            } else if entries.isEmpty {
                print("there are no schedules")
            } else {
                for line in Self.table(entries, Self.columns) { print(line) }
            }
        }
    }

    private static let columns = [
        "name", "times", "zone", "next-run", "last-run", "last-run-by", "runs", "missed", "waiting",
    ]

    /// A line for each entry below one with the names of the columns.
    static func table(_ entries: [AdminValue], _ columns: [String]) -> [String] {
        let rows = [columns] + entries.map { entry in columns.map { entry[$0].isEmpty ? "-" : entry[$0] } }
        let widths = columns.indices.map { column in rows.map { $0[column].utf8.count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.utf8.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line[...(line.lastIndex { $0 != " " } ?? line.startIndex)])
        }
    }
}

/// Runs one schedule now.
struct ScheduleRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a schedule now; what is due stays due.")

    @OptionGroup var admin: AdminOptions
    @Argument(help: "The schedule's name.") var name: String

    func run() throws {
        try admin.asking {
            let reply = try AdminClient(admin.admin).value(["FRESHET", "SCHEDULE", "RUN", name])
            print(admin.json ? "{\"status\":\"\(reply.text)\"}" : reply.text)
        }
    }
}
