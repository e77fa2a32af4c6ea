import TestSupport
import Testing

@Suite("Options of verbs")
struct OptionTests {
    private static let conventions = """
        invalidate-database 3
        tag page:{name} pages
        """

    private func stage() throws -> DrainStage {
        let stage = try DrainStage(Self.conventions)
        _ = try stage.client.command("SELECT", "3")
        for name in ["a", "b"] { _ = try stage.client.command("SET", "page:\(name)", "x") }
        return stage
    }

    private func count(_ stage: DrainStage) throws -> Int? {
        try stage.client.command("EXISTS", "page:a", "page:b").integer
    }

    @Test(
        "fault 240: what looks like an option and is none is an error, and nothing is removed",
        arguments: [
            "--dry-run", "DRY-RUN", "dry_run", "DRYRUNN", "DRYRN", "dryrun=yes", "--dryrun", "-n", "-1",
            "'DRYRUN '", "SOFLY 30s", "ASYNCH", "OVRE 30s", "DB=3", "database 3", "DRYRUN DRYRUN",
            "SOFTLY 30",
            "OVER 30", "OVER 0s", "FORCED", "DRYRUN page:b", "WITHSELF", "--force",
        ])
    func unknown(_ words: String) throws {
        let stage = try stage()
        for line in [
            "INVALIDATE TAG pages \(words)", "INVALIDATE KEY page:a page:b \(words)",
            "INVALIDATE RELATED page:a \(words == "WITHSELF" ? "FORCE" : words)",
            "INVALIDATE EXPR pages \(words)", "INVALIDATE PATTERN page:{x} \(words)",
            "TTL 1ms page:a \(words)",
        ] {
            let reply = try stage.admin.run("FRESHET \(line)")
            #expect(reply.isError, "\(line) answered \(reply)")
        }
        #expect(try count(stage) == 2)
        #expect(try stage.admin.run("FRESHET TAG ADD sale page:a \(words)").isError)
        #expect(try stage.admin.run("FRESHET TAG KEYS sale").elements == [])
    }

    @Test("fault 240: options stand before the names where -- divides them, and a name may then be any word")
    func divided() throws {
        let stage = try stage()
        for name in ["softly", "--dry-run", "DB", "--"] { _ = try stage.client.command("SET", name, "x") }
        let dry = try stage.ask("INVALIDATE", "KEY", "DRYRUN", "--", "softly", "--dry-run", "DB", "--")
        #expect(dry["would-delete"] == .integer(4))
        #expect(try stage.deleted("KEY", "DB", "3", "--", "softly", "--dry-run", "DB", "--") == 4)
        #expect(try stage.admin.run("FRESHET INVALIDATE KEY DRYRUN --").isError)
        #expect(try count(stage) == 2)
    }

    @Test(
        "fault 241: a time without a unit is an error that says what was expected",
        arguments: ["30", "0s", "1.5s", "-1s", "30 s", ""])
    func durations(_ time: String) throws {
        let stage = try stage()
        let words = time.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        for verb in [["TTL"] + words + ["page:a"], ["INVALIDATE", "TAG", "pages", "SOFTLY"] + words] {
            let reply = try stage.admin.command(["FRESHET"] + verb)
            guard case .error(let text) = reply else {
                Issue.record("\(verb) answered \(reply)")
                continue
            }
            #expect(text.contains("unit"), "\(text)")
        }
        if time != "0s" {
            #expect(try stage.admin.command("FRESHET", "DLQ", "LIST", "SINCE", time).isError)
        }
        #expect(try stage.client.command("PTTL", "page:a") == .integer(-1))
        #expect(try stage.ask("TTL", "1d", "page:a")["set"] == .integer(1))
    }

    @Test("fault 242: without DB the directive's database is meant, and the answer says which it was")
    func database() throws {
        let stage = try stage()
        #expect(try stage.ask("INVALIDATE", "TAG", "pages", "DB", "0")["deleted"] == .integer(0))
        let answer = try stage.ask("INVALIDATE", "KEY", "page:a")
        #expect(answer["deleted"] == .integer(1) && answer["db"] == .integer(3), "\(answer)")
        #expect(try stage.admin.run("FRESHET TAG ADD sale page:b") == .integer(1))
        _ = try stage.admin.command("SELECT", "1")
        #expect(try stage.ask("INVALIDATE", "TAG", "pages")["db"] == .integer(1))
        let queued = try stage.ask("INVALIDATE", "TAG", "pages", "DB", "3", "ASYNC")
        #expect(queued["db"] == .integer(3))
    }

    @Test("fault 245: what looks like a glob is refused, and a star that stays in its segment is told")
    func globs() throws {
        let stage = try stage()
        _ = try stage.client.command("SET", "page:a:b", "x")
        for pattern in ["page:?", "page:[ab]", "p?ge:**"] {
            let reply = try stage.admin.command("FRESHET", "INVALIDATE", "PATTERN", pattern)
            guard case .error(let text) = reply else {
                Issue.record("\(pattern) answered \(reply)")
                continue
            }
            #expect(text.contains("looks like a glob") && text.contains("FORCE"), "\(text)")
        }
        #expect(try count(stage) == 2)
        #expect(try stage.ask("INVALIDATE", "PATTERN", "page:?", "FORCE")["deleted"] == .integer(0))
        let dry = try stage.ask("INVALIDATE", "PATTERN", "page:*", "DRYRUN")
        #expect(dry["would-delete"] == .integer(2))
        #expect(dry["note"]?.text?.contains("'*' ends at the next separator") == true, "\(dry)")
        let all = try stage.ask("INVALIDATE", "PATTERN", "page:**")
        #expect(all["deleted"] == .integer(3) && all["note"] == nil, "\(all)")
    }

    @Test("fault 240: filters that are said twice, and sections that there are not, are errors")
    func trailing() throws {
        let stage = try stage()
        for line in [
            "DLQ LIST LIMIT 1 LIMIT 2", "QUEUE LIST RULE a RULE b", "INFO nonsense", "INFO server x",
        ] {
            #expect(try stage.admin.run("FRESHET \(line)").isError, "\(line)")
        }
        let section = try stage.admin.run("FRESHET INFO server").text ?? ""
        #expect(section.contains("version:") && !section.contains("# Clients"), "\(section)")
    }
}
