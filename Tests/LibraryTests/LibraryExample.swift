import Bytes
import FreshetEngine

/// The example of docs/library.md; the test holds the two together.
enum LibraryExample {
    // example
    static func run(configuration: String) async throws -> [String] {
        let engine = try await InvalidationEngine.start(configuration: configuration)
        defer { engine.stop() }

        // Whatever carries the tag goes, and all that is built from it.
        let sale = try await engine.invalidator.invalidate(tag: "product:42")

        // Tags that no name tells.
        try await engine.tags.add(tag: "sale/shoes", to: ["page:home", "page:shoes"])
        let tagged = try await engine.tags.keys(tagged: "sale")

        // Within half a minute, each key at a moment of its own.
        var softly = CacheInvalidator.Options()
        softly.softly = .seconds(30)
        let pages = try await engine.invalidator.invalidate(pattern: "page:**", softly)

        return ["\(sale.deleted) removed", "\(tagged.count) tagged", "\(pages.deleted) softened"]
    }
    // end
}
