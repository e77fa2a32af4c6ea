import App
import ArgumentParser

/// Compares the index with the names of all keys, and makes it anew.
struct Index: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look after the index of tags and dependents.", subcommands: [Check.self, Rebuild.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell which records the index lacks; ends with an error when it lacks any.")
        @OptionGroup var admin: AdminOptions

        func run() throws {
            let isWhole = try admin.show(["FRESHET", "INDEX", "CHECK"])
            if !isWhole { throw ExitCode.failure }
        }
    }

    struct Rebuild: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add what the index lacks, and wait until that is done.")
        @OptionGroup var admin: AdminOptions

        func run() throws {
            let isDone = try admin.show(["FRESHET", "INDEX", "REBUILD"])
            if !isDone { throw ExitCode.failure }
        }
    }
}

extension AdminOptions {
    /// Prints what each Redis answers; false where one has a problem, or something is missing.
    fileprivate func show(_ command: [String]) throws -> Bool {
        var isFine = true
        try asking {
            for report in try AdminClient(admin).value(command).elements {
                if !report["problem"].isEmpty || !["", "0"].contains(report["missing"]) { isFine = false }
                if json {
                    print(report.jsonObject)
                    continue
                }
                for field in report.fields where field.name != "examples" {
                    print("\(field.name): \(field.value.text)")
                }
                for field in report.fields where field.name == "examples" {
                    for line in field.value.elements { print("  \(line.text)") }
                }
            }
        }
        return isFine
    }
}
