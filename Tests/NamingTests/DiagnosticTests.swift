import Bytes
import Naming
import Testing

struct DiagnosticTests {
    @Test(
        "an error names what is wrong and points at it",
        arguments: [
            ("tag", 1, 3, "expected a key pattern after 'tag', found the end of the line"),
            (
                "tag a:{id}", 11, 1,
                "expected a tag, such as 'product:{id}' after 'a:{id}', found the end of the line"
            ),
            ("tag a:{id} b:{sku}", 14, 5, "'{sku}' is used but the pattern binds only {id}"),
            ("tag a:x b:{sku}", 11, 5, "'{sku}' is used but the pattern binds nothing"),
            ("tag a:{id t", 7, 1, "'{' is never closed; write '{name}', or '\\{' for a literal brace"),
            ("tag a:id} t", 9, 1, "'}' closes nothing; write '\\}' for a literal brace"),
            ("tag a:{} t", 7, 2, "'{}' has no name; write '{name}', or '*' to bind nothing"),
            (
                "tag a:{9a} t", 7, 4,
                "'{9a}' is not a capture; a name has letters, digits and '_', and starts with no digit"
            ),
            ("tag a:**:b t", 7, 2, "'**' must stand alone as the last segment"),
            ("tag a:b** t", 8, 2, "'**' must stand alone as the last segment"),
            ("tag a:**b t", 7, 2, "'**' must stand alone as the last segment"),
            ("tag a:\\q t", 7, 2, "'\\q' is not an escape; '\\' goes before '{', '}', '*' or '\\' only"),
            ("tag a\\ t", 6, 1, "'\\' at the end escapes nothing; write '\\\\' for a literal backslash"),
            (
                "tag a:{x}{y} t", 7, 6,
                "nothing says where '{x}' ends and '{y}' begins; put a literal between them"
            ),
            ("tag {x}-{x} t", 9, 3, "'{x}' occurs twice in one segment; give the second its own name"),
            (
                "tag a t:*", 9, 1,
                "'*' cannot be filled in; a template has literals and captures, "
                    + "and '\\*' is a literal asterisk"
            ),
            (
                "depend a onn b", 10, 3,
                "expected 'on' after the dependent's pattern, found 'onn'; did you mean 'on'?"
            ),
            ("depend a", 9, 1, "expected 'on' after 'a', found the end of the line"),
            (
                "depend a on", 12, 1,
                "expected a source, such as 'product:{id}:price' after 'on', found the end of the line"
            ),
            (
                "rule x! on a invalidate b", 6, 2,
                "'x!' is not a name; use up to 64 letters, digits, '_', '-' and '.'"
            ),
            ("rule r at a invalidate b", 8, 2, "expected 'on' after the rule's name, found 'at'"),
            (
                "rule r on a invalidat b", 13, 9,
                "expected 'invalidate' after the rule's pattern, found 'invalidat'; "
                    + "did you mean 'invalidate'?"
            ),
            (
                "rule r on a invalidate", 23, 1,
                "expected a target: a key, 'tag:NAME' or 'pattern:PATTERN' after 'invalidate', "
                    + "found the end of the line"
            ),
            ("rule r on a invalidate tag:{x}", 28, 3, "'{x}' is used but the pattern binds nothing"),
            (
                "rule r on a invalidate b:**", 26, 2,
                "'**' cannot be filled in; a template has literals and captures, "
                    + "and '\\*' is a literal asterisk; did you mean 'pattern:b:**'?"
            ),
            (
                "rule r on a invalidate patern:b:**", 33, 2,
                "'**' cannot be filled in; a template has literals and captures, "
                    + "and '\\*' is a literal asterisk; did you mean 'pattern:'?"
            ),
            (
                "rule r on a invalidate b aftr 5s", 26, 4,
                "expected a target or a clause, found 'aftr'; did you mean 'after'?"
            ),
            (
                "rule r on a invalidate b unles exists x", 26, 5,
                "expected a target or a clause, found 'unles'; did you mean 'unless'?"
            ),
            (
                "rule r on a invalidate b after 5", 32, 1,
                "expected a duration with its unit (ms, s, m, h or d), such as 30s, found '5'"
            ),
            (
                "rule r on a invalidate b when comand=SET", 31, 10,
                "expected a condition ('command=NAME,...', 'db=N,...', 'client=NAME', 'user=NAME', "
                    + "'time=HH:MM-HH:MM', 'days=mon-fri', 'exists KEY', 'ttl<60s' or 'size>1kb'), "
                    + "found 'comand=SET'; did you mean 'command'?"
            ),
            (
                "rule r on a invalidate b unless", 32, 1,
                "expected a condition: 'command=NAME,...', 'db=N,...', 'client=NAME', 'user=NAME', "
                    + "'time=HH:MM-HH:MM', 'days=mon-fri', 'exists KEY', 'ttl<60s' or 'size>1kb' "
                    + "after 'unless', found the end of the line"
            ),
            (
                "protect", 1, 7,
                "expected a key pattern, such as 'session:**' after 'protect', found the end of the line"
            ),
        ])
    func errors(line: String, column: Int, length: Int, message: String) throws {
        let found = try #require(diagnostics(line).first)
        #expect(found.severity == .error)
        #expect(found.message == message)
        #expect(found.location == SourceLocation(file: "proxy.conf", line: 1, column: column, length: length))
    }

    @Test("a wrong line adds nothing, and the right ones stay")
    func nothingAdded() throws {
        var set = ConventionSet()
        #expect(set.add("tag a:{id} a b:{sku}").count == 1)
        #expect(set.add("depend b on c d:{").count == 1)
        #expect(set.add("protect ok {").count == 1)
        #expect(set.add("tag x:{id} x:{id}").isEmpty)
        let conventions = try #require(set.compile().0)
        #expect(conventions.count == 1)
        #expect(conventions.tagCount == 1)
    }

    @Test("a second rule of the same name is refused and told where the first is")
    func duplicateRule() {
        let found = diagnostics("rule r on a invalidate b", "rule r on c invalidate d")
        #expect(
            found.map(\.message) == [
                "rule 'r' is already defined at proxy.conf:1; give this one another name"
            ])
        #expect(found.map(\.location.line) == [2])
    }

    @Test("a target that only looks like a tag is a key, with a warning")
    func suspiciousTarget() {
        let found = diagnostics("rule r on a invalidate tags:b")
        #expect(found.map(\.severity) == [.warning])
        #expect(found.map(\.message) == ["'tags:b' is taken as a key; did you mean 'tag:'?"])
    }

    @Test(
        "fault 140: patterns of the index itself are refused",
        arguments: [
            "tag freshet:tag:{x} t", "depend freshet:dep:x on a", "protect freshet:sub:**",
            "rule r on a invalidate freshet:tag:b",
        ])
    func reserved(line: String) {
        #expect(diagnostics(line).first?.message.contains("names Freshet's own index") == true)
    }

    @Test(
        "fault 139: a recorded target without a literal is refused unless broad targets are allowed",
        arguments: [
            "depend ** on a", "depend {x} on a", "depend {x}:*:{y} on a:{x}",
            "rule r on a invalidate pattern:**",
        ])
    func broad(line: String) {
        #expect(
            diagnostics(line).first?.message.contains("one mutation could invalidate all of them") == true)
        #expect(!diagnostics(line, cyclesAllowed: true, allowBroad: true).contains { $0.severity == .error })
    }

    @Test("a computed target without a literal is one key, and fine")
    func computedBroad() {
        #expect(diagnostics("depend {x} on source:{x}").isEmpty)
    }

    @Test("patterns have limits")
    func limits() {
        let long = String(repeating: "a", count: 1025)
        #expect(
            diagnostics("protect \(long)").first?.message
                == "this pattern has 1025 bytes; at most 1024 are allowed")
        let deep = Array(repeating: "a", count: 65).joined(separator: ":")
        #expect(
            diagnostics("protect \(deep)").first?.message
                == "this pattern has 65 segments; at most 64 are allowed")
    }
}
