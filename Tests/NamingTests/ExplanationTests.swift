import Bytes
import Naming
import Testing

struct ExplanationTests {
    static let lines = [
        "tag product:{id}:** product:{id} all/{id}",
        "depend offer:{id} on product:{id}:price",
        "depend page:{lang}:product:{id} on product:{id}:price",
        "depend home on offer:{id}",
        "depend session:{id} on offer:{id}",
        "rule price-drop on product:{id}:price invalidate tag:category/{id}",
        "rule freeze on catalog:version invalidate home",
        "tag shop:{id}:{x} category/{id}",
        "protect session:** lock:**",
    ]

    /// The page without the origins on the right.
    private func page(_ key: ByteString) throws -> String {
        let lines = try compiled(Self.lines).explain(key: key, command: "SET").lines
        return lines.map { line in
            guard let arrow = line.unicodeScalars.indices.first(where: { line[$0...].hasPrefix("  <- ") })
            else {
                return line
            }
            return String(line[..<arrow].reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    @Test("an explanation reads as a page")
    func page() throws {
        #expect(
            try page("product:42:price") == """
                product:42:price  SET

                Protection
                  none: it can be invalidated

                Tags
                  product:42  recorded in freshet:tag:product:42
                  all/42  recorded in freshet:tag:all/42

                Depends on (recorded when it is written)
                  nothing that has to be recorded

                Dependents (stale as soon as it changes)
                  offer:42
                  every key recorded under freshet:dep:product:42:price
                  every key tagged category/42

                Cascade: 2 keys by name, depth 2, and 3 index sets to read
                  product:42:price
                  ├─ offer:42
                  │  └─ home
                  ├─ and every key recorded under freshet:dep:product:42:price
                  ├─ and every key recorded under freshet:tag:category/42
                  └─ and every tag below, listed in freshet:sub:category/42
                  left alone, protected: session:42

                Rules that do not fire
                  freeze  segment 1 is 'product', the rule wants 'catalog'
                """)
    }

    @Test("an explanation cites the line that each answer follows from")
    func origins() throws {
        let lines = try compiled(Self.lines).explain(key: "catalog:version", command: nil).lines
        #expect(
            lines.contains(
                "  home  <- rule freeze on catalog:version invalidate home  (proxy.conf:7)"))
    }

    @Test("fault 246: a command that does not mutate is told to owe nothing, and no cascade is shown")
    func reading() throws {
        let conventions = try compiled(Self.lines)
        let lines = conventions.explain(key: "product:42:price", command: "GET", mutates: false).lines
        #expect(lines[2] == "GET does not mutate this key: it records nothing and invalidates nothing.")
        #expect(lines.contains { $0.contains("product:42  recorded in freshet:tag:product:42") })
        for word in ["Cascade", "offer:42", "stale", "fire", "Depends"] {
            #expect(!lines.contains { $0.contains(word) }, "\(word)")
        }
    }

    @Test("protected, reserved and overlong keys are told so")
    func special() throws {
        let conventions = try compiled(Self.lines)
        let locked = conventions.explain(key: "session:7", command: nil).lines
        #expect(
            locked.contains(
                "  protected: never recorded, never invalidated"
                    + "  <- protect session:** lock:**  (proxy.conf:9)"
            ))
        #expect(
            conventions.explain(key: "freshet:tag:x", command: nil).lines.last?.contains("own index") == true)
        let long = ByteString([UInt8](repeating: 0x61, count: 5000))
        #expect(conventions.explain(key: long, command: nil).lines.last?.contains("longer than 4096") == true)
    }

    @Test(
        "a rule that does not fire says what it wants",
        arguments: [
            ("x:{id}", "product:1", "segment 1 is 'product', the rule wants 'x'"),
            ("product:{id}:price", "product:1", "the key has 2 segments, the rule wants 3"),
            ("product:{id}:price", "product::price", "segment 2 is empty, the rule wants '{id}'"),
            ("product:**", "product", "the key has 1 segment, the rule wants more than 1"),
            ("product:**", "product:", "nothing is left for '**'"),
            ("{a}:{a}", "x:y", "a capture that occurs twice would have to be two different things"),
            ("product:v-{n}", "product:w-1", "segment 2 is 'w-1', the rule wants 'v-{n}'"),
        ])
    func reasons(pattern: String, key: String, reason: String) throws {
        let conventions = try compiled(["rule r on \(pattern) invalidate stale"])
        #expect(
            conventions.explain(key: ByteString(key), command: nil).unmatchedRules.map(\.reason) == [reason])
    }

    @Test("of many rules only those that resemble the key are listed, the others counted")
    func manyRules() throws {
        let conventions = try compiled(
            (0..<20).map { "rule r\($0) on family\($0)x:{id} invalidate stale\($0)" } + [
                "rule near on product:a invalidate b"
            ])
        let explanation = conventions.explain(key: "prodcut:a", command: "SET")
        #expect(explanation.unmatchedRules.map(\.name) == ["near"])
        #expect(explanation.otherRuleCount == 20)
        #expect(explanation.lines.last == "  and 20 unrelated rules")
    }
}
