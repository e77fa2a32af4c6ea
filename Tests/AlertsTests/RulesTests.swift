import Metrics
import TestSupport
import Testing

@testable import Alerts

/// The rules for Prometheus, the runbook and the alerts that Freshet sends itself are one list.
@Suite struct RulesTests {
    private static let rules = "monitoring/freshet-rules.yml"

    private struct Rule {
        var name = ""
        var severity = ""
        var expression = ""
        var runbook = ""
    }

    /// The rules, read line by line.
    private static func parsed() throws -> [Rule] {
        var found: [Rule] = []
        for line in try FileSystem.readText(RepositoryRoot.file(rules)).split(separator: "\n") {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("- alert: ") {
                found.append(Rule(name: String(text.dropFirst(9))))
                continue
            }
            guard let last = found.indices.last else { continue }
            if text.hasPrefix("severity: ") {
                found[last].severity = String(text.dropFirst(10))
            } else if text.hasPrefix("runbook_url: ") {
                found[last].runbook = String(text.dropFirst(13))
            } else if found[last].severity.isEmpty {
                found[last].expression += text + " "
            }
        }
        return found
    }

    @Test("promtool accepts the rules, and they fire on what they should and on nothing else")
    func promtool() throws {
        let (checked, said) = try ChildProcess.run([
            "promtool", "check", "rules", RepositoryRoot.file(Self.rules),
        ])
        #expect(checked == .code(0), "\(said)")
        let (tested, told) = try ChildProcess.run(
            ["promtool", "test", "rules", RepositoryRoot.file("monitoring/freshet-rules-test.yml")])
        #expect(tested == .code(0), "\(told)")
    }

    @Test("every rule has a test")
    func tested() throws {
        let tests = try FileSystem.readText(RepositoryRoot.file("monitoring/freshet-rules-test.yml"))
        for rule in try Self.parsed() { #expect(tests.contains("alertname: \(rule.name)\n"), "\(rule.name)") }
    }

    @Test("every alert that Freshet sends has a rule of the same name and severity")
    func kinds() throws {
        let rules = try Self.parsed()
        for kind in AlertKind.all where kind != .test {
            let rule = rules.first { $0.name == kind.name }
            #expect(rule?.severity == kind.severity.rawValue, "\(kind.name)")
        }
        #expect(Set(AlertKind.all.map(\.name)).count == AlertKind.all.count)
    }

    @Test("rules ask for metrics that exist")
    func metrics() throws {
        let known = Set(MetricCatalog.all.map(\.name))
        for rule in try Self.parsed() {
            let words = rule.expression.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
            for word in words where word.hasPrefix("freshet_") || word.hasPrefix("cache_") {
                let name = word.hasSuffix("_bucket") ? String(word.dropLast(7)) : word
                #expect(known.contains(name), "\(rule.name) asks for \(word)")
            }
        }
    }

    @Test("every alert and every rule has its place in the runbook, and rules point there")
    func runbook() throws {
        let page = try FileSystem.readText(RepositoryRoot.file("docs/operating.md"))
        let rules = try Self.parsed()
        for name in AlertKind.all.map(\.name) + rules.map(\.name) {
            #expect(page.contains("\n#### \(name)\n"), "docs/operating.md says nothing of \(name)")
        }
        for rule in rules { #expect(rule.runbook == "docs/operating.md#\(rule.name.lowercased())") }
    }

    @Test("what an alert says is short, and each text ends as a sentence does")
    func texts() {
        for kind in AlertKind.all {
            #expect(kind.name.hasPrefix("Freshet") && kind.summary.utf8.count < 80, "\(kind.name)")
            #expect(kind.summary.hasSuffix(".") && kind.description.hasSuffix("."), "\(kind.name)")
        }
    }
}
