import Bytes
import Naming
import Testing

@testable import Config

@Suite struct ProxyConfTests {
    private let file: RepositoryFile

    init() throws { file = try RepositoryFile("proxy.conf") }

    /// Each line's directive and the rest of it, comment sign removed; prose is left out.
    private func entries(commented: Bool) -> [(name: String, arguments: String)] {
        file.text.split(separator: "\n").compactMap { line in
            if line.hasPrefix("# ") != commented { return nil }
            let words = line.drop { $0 == "#" || $0 == " " }.split(separator: " ", maxSplits: 1)
            guard let name = words.first, Directive.all.contains(where: { $0.name == name }) else {
                return nil
            }
            return (String(name), words.count > 1 ? String(words[1]) : "")
        }
    }

    @Test("the shipped proxy.conf is accepted without a warning and holds the defaults")
    func acceptedAsShipped() throws {
        let outcome = Loader.load(file: file.path)
        #expect(outcome.diagnostics.isEmpty, "\(outcome.rendered)")
        #expect(outcome.configuration?.settings == Settings())
    }

    @Test("every setting stands once in the shipped proxy.conf, active or commented, with the code's default")
    func defaults() throws {
        let all = entries(commented: false) + entries(commented: true)
        for directive in Directive.all where directive.binding != nil {
            let found = all.filter { $0.name == directive.name }
            #expect(found.map(\.arguments) == [directive.defaultText], "\(directive.name)")
        }
    }

    @Test("every commented setting, made active, is accepted")
    func commented() throws {
        let lines = entries(commented: true).filter { Directive.named($0.name)?.binding != nil }
        #expect(lines.count > 30)
        let text = lines.map { "\($0.name) \($0.arguments)" }.joined(separator: "\n")
        #expect(try accepted(text).settings == Settings())
    }

    @Test("every directive is explained in the shipped proxy.conf under its heading")
    func explained() throws {
        for section in Directive.Section.allCases { #expect(file.text.contains("\n# \(section.rawValue)\n")) }
        let prose = file.text.split(separator: "\n").map { $0.drop { "# ".contains($0) } }.joined(
            separator: " ")
        for directive in Directive.all {
            #expect(prose.contains(directive.help), "\(directive.name)")
            #expect(file.text.contains("# Example: \(directive.example)\n"), "\(directive.name)")
            #expect(prose.contains("Syntax: \(directive.usage)"), "\(directive.name)")
        }
    }

    @Test("the shipped chain makes exactly eight keys stale, each from the one before it")
    func chain() throws {
        let configuration = try #require(Loader.load(file: file.path).configuration)
        let closure = configuration.conventions.closure(of: ["order:7:lines"], maxDepth: 32, maxKeys: 1000)
        #expect(
            closure.steps.map(\.key) == [
                "order:7:subtotal", "order:7:tax", "order:7:shipping", "order:7:total", "invoice:7",
                "invoice:7:pdf",
                "customer-report:7", "dashboard:7",
            ])
        #expect(closure.steps.map(\.depth) == Array(1...8))
        #expect(closure.takes.isEmpty)
    }

    @Test("the shipped shop records pages, computes carts and protects sessions")
    func shop() throws {
        let conventions = try #require(Loader.load(file: file.path).configuration).conventions
        let page = conventions.facts(of: ByteString("page:en:product:7").span)
        #expect(page.tags.map(\.name) == ["product:7", "pages/en"])
        #expect(!page.records.isEmpty)
        let cart = conventions.closure(of: ["cart:u:items"], maxDepth: 32, maxKeys: 1000)
        #expect(cart.steps.map(\.key) == ["cart:u:total"])
        let session = ByteString("session:1")
        let isProtected = conventions.isProtected(session.span)
        #expect(isProtected)
        let price = conventions.facts(of: ByteString("product:7:price").span)
        #expect(!price.tagTargets.isEmpty)
    }

    @Test("the reference in docs is what the directive table says")
    func reference() throws {
        let reference = try RepositoryFile("docs/proxy.conf.md")
        #expect(reference.text == DirectiveReference.markdown())
    }
}
