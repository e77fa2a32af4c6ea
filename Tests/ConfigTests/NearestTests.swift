import Testing

@testable import Config

@Suite struct NearestTests {
    @Test(
        "a misspelt directive leads to the one that was meant",
        arguments: [
            ("tagg", "tag"), ("listn", "listen"), ("LISTEN2", "listen"), ("worekrs", "workers"),
            ("audit_file", "audit-file"), ("max-cl", "max-clients"), ("reconnect", "reconnect-backoff"),
        ])
    func meant(word: String, expected: String) {
        #expect(Nearest.to(word, among: Directive.all.map(\.name)) == expected)
    }

    @Test(
        "nothing is suggested where nothing is close",
        arguments: ["", "x", "zz", "maxmemory-policy", "audit", String(repeating: "a", count: 10_000)])
    func nothing(word: String) {
        #expect(Nearest.to(word, among: Directive.all.map(\.name)) == nil)
    }

    @Test("a swap of neighbours is one edit")
    func swap() {
        #expect(Nearest.distance(Array("lsiten".utf8), Array("listen".utf8)) == 1)
        #expect(Nearest.distance(Array("".utf8), Array("abc".utf8)) == 3)
        #expect(Nearest.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    }
}
