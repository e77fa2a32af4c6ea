import Bytes
import Naming
import Testing

/// What `depend` makes of one source and one key: the computed name, or nil when the source does not match.
private func binding(_ source: String, _ template: String, _ key: ByteString) throws -> ByteString? {
    let conventions = try compiled(["depend \(template) on \(source)"], cyclesAllowed: true, allowBroad: true)
    let facts = conventions.facts(of: key)
    if !facts.dependents.isEmpty { #expect(conventions.concerns(key)) }
    return facts.dependents.first?.key
}

struct PatternTests {
    @Test(
        "patterns match by the grammar",
        arguments: [
            ("a", "a", true), ("a", "b", false), ("a", "a:", false), ("a", "", false), ("a", ":a", false),
            ("a:b", "a:b", true), ("a::b", "a::b", true), ("a::b", "a:x:b", false), ("a:", "a:", true),
            ("*", "x", true), ("*", "x:y", false), ("*:*", "x:y", true), ("*:*", "x:", false),
            ("*:*", ":y", false),
            ("a:{x}", "a:b", true), ("a:{x}", "a:", false), ("a:{x}", "a:b:c", false), ("a:{x}", "a", false),
            ("a:**", "a:b", true), ("a:**", "a:b:c:d", true), ("a:**", "a:", false), ("a:**", "a", false),
            ("a:**", "a::", true), ("**", "x", true), ("**", "x:y:z", true), ("**", "", false),
            ("user-{x}", "user-1", true), ("user-{x}", "user-", false), ("user-{x}", "user-1:a", false),
            ("{x}.json", "a.json", true), ("{x}.json", ".json", false), ("{x}.json", "a.jso", false),
            ("a*b*c", "a1b2c", true), ("a*b*c", "abc", false), ("a*b*c", "abbcc", true),
            ("a*b*c", "axbxbxc", true),
            ("ab*ba", "aba", false), ("ab*ba", "abba", false), ("ab*ba", "ab-ba", true),
            ("a\\*", "a*", true), ("a\\*", "ab", false), ("\\{x\\}", "{x}", true), ("a\\\\b", "a\\b", true),
            ("{x}:{x}", "a:a", true), ("{x}:{x}", "a:b", false), ("{x}-{y}:{x}", "1-2-3:1-2", true),
            ("{x}-{y}:{x}", "1-2-3:1", true), ("{x}-{y}:{x}", "1-2-3:2", false),
        ])
    func grammar(pattern: String, key: String, matches: Bool) throws {
        #expect(try binding(pattern, "stale", ByteString(key)) == (matches ? "stale" : nil))
        let protection = try compiled(["protect \(pattern)"])
        #expect(protection.isProtected(ByteString(key)) == matches)
    }

    @Test(
        "captures bind the shortest bytes from the left, and certain segments first",
        arguments: [
            ("p:{id}", "p:42", "{id}!", "42!"), ("{a}-{b}", "1-2-3", "z:{a}|{b}", "z:1|2-3"),
            ("{a}:{b}", "x:y", "z:{b}:{a}", "z:y:x"),
            ("{a}-{b}:{a}:{b}", "1-2-3:1-2:3", "z:{a}|{b}", "z:1-2|3"),
            ("x{a}y{b}z", "xyyyyz", "z:{a}|{b}", "z:y|yy"), ("*-{b}", "1-2-3", "z:{b}", "z:2-3"),
            ("{a}:**", "1:2:3", "z:{a}", "z:1"), ("{a}:{a}", "q:q", "z:{a}:{a}", "z:q:q"),
        ])
    func captures(pattern: String, key: String, template: String, expected: String) throws {
        #expect(try binding(pattern, template, ByteString(key)) == ByteString(expected))
    }

    @Test("keys are bytes: no encoding is assumed")
    func bytes() throws {
        let key = ByteString(Array("p:".utf8) + [0, 0xff, 0x0d, 0x0a])
        #expect(try binding("p:{id}", "q:{id}", key) == ByteString(Array("q:".utf8) + [0, 0xff, 0x0d, 0x0a]))
    }

    @Test("the separator can be another byte")
    func separator() throws {
        var set = ConventionSet(separator: 0x2f)
        #expect(set.addDepend(words("cart/{u}/total on cart/{u}/items")).isEmpty)
        let conventions = try #require(set.compile().0)
        #expect(
            conventions.facts(of: ByteString("cart/7:x/items")).dependents.map(\.key) == ["cart/7:x/total"])
    }

    @Test("a key of four kilobytes is still read, and one byte more is truncated")
    func longKeys() throws {
        let conventions = try compiled(["tag a:** t", "protect s:**"])
        let fits = ByteString(Array("a:".utf8) + [UInt8](repeating: 0x78, count: 4094))
        let long = ByteString(fits.bytes + [0x78])
        #expect(conventions.concerns(fits))
        #expect(!conventions.facts(of: fits).isTruncated)
        #expect(!conventions.concerns(long))
        let facts = conventions.facts(of: long)
        #expect(facts.isTruncated)
        #expect(facts.tags.isEmpty && facts.records.isEmpty)
        let locked = ByteString(Array("s:".utf8) + [UInt8](repeating: 0x78, count: 5000))
        #expect(conventions.isProtected(locked))
    }

    @Test("keys of the index are reserved, and no pattern matches them")
    func reserved() throws {
        let conventions = try compiled(["tag ** all", "protect **"], allowBroad: true)
        for key: ByteString in ["freshet:tag:x", "freshet:dep:", "freshet:sub:a/b"] {
            #expect(Conventions.isReserved(key))
            #expect(!conventions.concerns(key))
            #expect(!conventions.isProtected(key))
            #expect(conventions.facts(of: key).isReserved)
            #expect(conventions.facts(of: key).tags.isEmpty)
        }
        for key: ByteString in ["freshet:tag", "freshet:top:x", "Freshet:tag:x", "freshet-tag:x", ""] {
            #expect(!Conventions.isReserved(key))
        }
    }
}
