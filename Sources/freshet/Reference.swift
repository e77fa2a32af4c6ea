import ArgumentParser
import Config
import Metrics

/// Prints a page of `docs/` that is made from the code.
struct Reference: ParsableCommand {
    enum Page: String, ExpressibleByArgument, CaseIterable { case metrics, directives }

    static let configuration = CommandConfiguration(
        abstract: "Print the reference page of the metrics or the directives.", shouldDisplay: false)

    @Argument(help: "Which page: metrics or directives.") var page: Page

    func run() {
        switch page {
        case .metrics: print(MetricCatalog.markdown(), terminator: "")
        case .directives: print(DirectiveReference.markdown(), terminator: "")
        }
    }
}
