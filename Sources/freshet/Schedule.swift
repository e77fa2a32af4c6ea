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

    @Option(help: "Where the proxy's admin port listens: host:port, or unix:/path.") var admin =
        "127.0.0.1:6381"
    @Flag(help: "Print one JSON object a line.") var json = false

    func run() throws {
        let records: [AdminRecord]
        do {
            records = try AdminClient(admin).records(["FRESHET", "SCHEDULE", "LIST"])
        } catch {
            Terminal.say("freshet: \(error)\n")
            throw ExitCode.failure
        }
        if json {
            for record in records { print(JSONText.object(record)) }
        } else if records.isEmpty {
            print("there are no schedules")
        } else {
            for line in Self.table(records) { print(line) }
        }
    }

    private static func table(_ records: [AdminRecord]) -> [String] {
        let columns = ["times", "zone", "next-run", "last-run", "last-run-by", "runs", "missed", "waiting"]
        let head = ["name"] + columns
        let rows =
            [head]
            + records.map { record in
                [record.name] + columns.map { record[$0].isEmpty ? "-" : record[$0] }
            }
        let widths = head.indices.map { column in rows.map { $0[column].unicodeScalars.count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.unicodeScalars.count)
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

    @Option(help: "Where the proxy's admin port listens: host:port, or unix:/path.") var admin =
        "127.0.0.1:6381"
    @Argument(help: "The schedule's name.") var name: String

    func run() throws {
        do {
            for line in try AdminClient(admin).call(["FRESHET", "SCHEDULE", "RUN", name]) { print(line) }
        } catch {
            Terminal.say("freshet: \(error)\n")
            throw ExitCode.failure
        }
    }
}

/// Answers of the admin port as JSON.
enum JSONText {
    /// One object: the name first, then the fields in their order.
    static func object(_ record: AdminRecord) -> String {
        let fields = record.fields.map { field in
            switch field.value {
            case .number(let number): "\(quoted(field.name)):\(number)"
            case .text(let text): "\(quoted(field.name)):\(text.isEmpty ? "null" : quoted(text))"
            }
        }
        return "{" + (["\"name\":\(quoted(record.name))"] + fields).joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
