import ArgumentParser
import Audit
import Bytes

/// Reviews the audit log.
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Review the audit log.", subcommands: [Why.self, Verify.self])

    /// Says in one line each why a key vanished.
    struct Why: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell why a key vanished, a line for each time.")

        @Argument(help: "The audit file.") var file: String
        @Argument(help: "The name of a key.") var key: String
        @Option(help: "How many of the last times to tell.") var last = 20

        func run() throws {
            let name = ByteString(key)
            do {
                for line in try KeyHistory.lines(path: file, key: name, last: last) { print(line) }
            } catch {
                Terminal.say("freshet: \(error)\n")
                throw ExitCode.failure
            }
        }
    }

    /// Verifies the chain of hashes.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify the chain: exit 0 if intact, 2 if tampered with, 1 if it cannot be read.")

        @Argument(help: "The audit file, or its folder.") var path: String

        func run() throws {
            let verdict = AuditVerifier.verify(path)
            switch verdict {
            case .intact(let records, _, let head):
                print(
                    "\(path) intact, \(records) records; the last (\(head.sequence)) has hash \(head.hash)"
                )
                for gap in (try? AuditReader(path: path).last(.max / 2, .init(kind: "gap"))) ?? [] {
                    print("a gap, \(gap.sentence())")
                }
            case .diverged(let divergence):
                print("\(divergence.file):\(divergence.line): the chain is broken: \(divergence.reason)")
            case .unreadable(let reason): print("\(path) cannot be read: \(reason)")
            }
            if verdict.exitCode != 0 { throw ExitCode(verdict.exitCode) }
        }
    }
}
