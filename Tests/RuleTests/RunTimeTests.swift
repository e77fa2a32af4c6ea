import TestSupport
import Testing

/// The value behind a name in an answer of names and values.
private func value(_ name: String, in reply: Reply?) -> String? {
    guard let parts = reply?.elements, let place = parts.firstIndex(where: { $0.text == name }) else {
        return nil
    }
    return parts[place + 1].text ?? parts[place + 1].integer.map { "\($0)" }
}

@Suite("Rules at run time")
struct RunTimeTests {
    /// The row of a rule in FRESHET RULE LIST.
    private func row(_ name: String, _ stage: RuleStage) throws -> Reply? {
        try stage.admin("RULE LIST").elements?.first { value("name", in: $0) == name }
    }

    @Test("a rule can be set, changed and deleted, and every worker follows at once")
    func setAndDelete() throws {
        let stage = try RuleStage("workers 2")
        let clients = try (0..<8).map { _ in try RawClient(stage.proxy.tcp) }
        func gone(_ key: String) throws -> Int {
            try clients.count { client in
                try stage.redis("SET \(key) v")
                try client.line("SET p:1 v")
                return try !stage.has(key)
            }
        }
        #expect(try gone("x:1") == 0)
        #expect(try stage.admin("RULE SET r on p:{id} invalidate x:{id}").text?.hasPrefix("OK") == true)
        #expect(try gone("x:1") == 8)
        #expect(
            try stage.admin("RULE SET r on p:{id} invalidate y:{id} when db=0").text?.hasPrefix("OK") == true)
        #expect(try gone("x:1") == 0)
        #expect(try gone("y:1") == 8)
        #expect(try stage.admin("RULE DEL r").text?.hasPrefix("OK") == true)
        #expect(try gone("y:1") == 0)
        #expect(try stage.admin("RULE DEL r").text?.contains("no rule 'r' was set at run time") == true)
    }

    @Test("a whole line in one argument is read as proxy.conf reads it")
    func wholeLine() throws {
        let stage = try RuleStage("")
        let admin = try RawClient(stage.proxy.admin)
        let reply = try admin.command(
            "FRESHET", "RULE", "SET", "rule r on p:{id} invalidate \"x y:{id}\" # a comment")
        #expect(reply.text?.hasPrefix("OK") == true, "\(reply)")
        try stage.redis("SET \"x y:1\" v")
        try stage.run("SET p:1 v")
        #expect(try stage.redis("EXISTS \"x y:1\"") == .integer(0))
    }

    @Test("a rule of the file cannot be overridden or deleted, only paused")
    func fileWins() throws {
        let stage = try RuleStage("rule r on p:{id} invalidate x:{id}")
        let set = try stage.admin("RULE SET r on p:{id} invalidate y:{id}")
        #expect(set.text?.contains("rule 'r' is defined at") == true, "\(set)")
        #expect(set.text?.contains("proxy.conf:") == true, "\(set)")
        #expect(try stage.admin("RULE DEL r").text?.contains("is defined in proxy.conf") == true)
        #expect(try !stage.survives("x:1", "SET p:1 v"))
    }

    @Test(
        "what is wrong with a rule is said, and nothing changes",
        arguments: [
            ("r on p:{id}", "expected 'invalidate' after 'p:{id}'"),
            ("r on p:{id} invalidate x:{nothing}", "'{nothing}' is used but the pattern binds only {id}"),
            ("r on p invalidate pattern:**", "one mutation could invalidate all of them"),
            ("r on p invalidate freshet:tag:x", "names Freshet's own index"),
            ("r on b invalidate a", "dependencies form a cycle"),
            ("r on p invalidate x after", "expected a duration"),
            ("r! on p invalidate x", "is not a name"),
        ])
    func refused(line: String, message: String) throws {
        let stage = try RuleStage("depend b on a")
        let reply = try stage.admin("RULE SET " + line)
        #expect(reply.isError && reply.text?.contains(message) == true, "\(reply)")
        #expect(try stage.admin("RULE LIST") == .array([]))
    }

    @Test("the list says where rules come from, what they are up to and how often they fired")
    func list() throws {
        let stage = try RuleStage("rule plain on p:{id} invalidate x:{id}")
        try stage.admin("RULE SET late on q:{id} invalidate x:{id} after 1h")
        for _ in 0..<3 { try stage.run("SET p:1 v") }
        try stage.run("SET q:1 v")
        try stage.run("SET q:2 v")
        try waitUntil("both firings in the queue") { try value("waiting", in: row("late", stage)) == "2" }
        let plain = try row("plain", stage)
        #expect(value("state", in: plain) == "active")
        #expect(value("origin", in: plain)?.contains("proxy.conf:") == true)
        #expect(value("fired", in: plain) == "3")
        #expect(value("last-fired", in: plain)?.hasPrefix("20") == true)
        let late = try row("late", stage)
        #expect(value("origin", in: late)?.hasPrefix("rules.conf:") == true)
        #expect(value("line", in: late) == "rule late on q:{id} invalidate x:{id} after 1h")
        #expect(value("fired", in: late) == "0")
        #expect(value("last-fired", in: late) == "never")
    }

    @Test("a paused rule queues its work, whatever its clauses; draining does it, discarding forgets it")
    func pause() throws {
        let stage = try RuleStage(
            "rule plain on p:{id} invalidate x:{id}\nrule other on q:{id} invalidate y:{id}")
        try stage.admin("RULE PAUSE plain")
        #expect(value("state", in: try row("plain", stage)) == "paused")
        #expect(try stage.survives("x:1", "SET p:1 v"))
        #expect(try stage.survives("x:2", "SET p:2 v"))
        #expect(try !stage.survives("y:1", "SET q:1 v"))
        try waitUntil("its work in the queue") { try value("waiting", in: row("plain", stage)) == "2" }
        #expect(try stage.has("x:1") && stage.has("x:2"))
        #expect(try stage.admin("RULE RESUME plain DRAIN").text?.hasPrefix("OK") == true)
        try waitUntil("the work to be done") { try !stage.has("x:1") && !stage.has("x:2") }
        #expect(try !stage.survives("x:3", "SET p:3 v"))
        try stage.admin("RULE PAUSE plain")
        #expect(try stage.survives("x:4", "SET p:4 v"))
        try waitUntil("its work in the queue") { try value("waiting", in: row("plain", stage)) == "1" }
        #expect(try stage.admin("RULE RESUME plain DISCARD").text == "OK (1 discarded)")
        #expect(try !stage.survives("x:5", "SET p:5 v"))
        #expect(try stage.has("x:4"))
        #expect(try stage.admin("RULE RESUME plain").text?.contains("is not paused") == true)
        #expect(try stage.admin("RULE PAUSE nosuch").text?.contains("there is no rule 'nosuch'") == true)
    }

    @Test("a test tells each verdict and the targets, and does nothing")
    func trial() throws {
        let stage = try RuleStage(
            """
            rule r on p:{id} invalidate x:{id} after 2s when command=SET exists live:{id} unless ttl<60s
            depend y:{id} on x:{id}
            """)
        for key in ["x:1", "y:1"] { try stage.redis("SET \(key) v") }
        try stage.redis("SET p:1 v")
        func lines(_ command: String) throws -> [String] {
            try stage.admin("RULE TEST r " + command).elements?.compactMap(\.text) ?? []
        }
        let cold = try lines("p:1 SET")
        #expect(cold.contains("yes  when command=SET: the command is set"), "\(cold)")
        #expect(cold.contains("no  when exists live:{id}: no such key"), "\(cold)")
        #expect(cold.contains("yes  unless ttl<60s: the key never expires"), "\(cold)")
        #expect(cold.contains("would not fire"), "\(cold)")
        try stage.redis("SET live:1 v")
        let warm = try lines("p:1 set")
        #expect(warm.contains("would fire") && warm.contains("manner  2s after its trigger"), "\(warm)")
        #expect(warm.contains { $0.hasPrefix("target  x:1 (depth 1 from p:1") }, "\(warm)")
        #expect(warm.contains { $0.hasPrefix("target  y:1 (depth 2 from x:1") }, "\(warm)")
        #expect(try lines("p:1").contains("would fire, in doubt about what is unknown"))
        #expect(try lines("q:1").contains("would not fire: segment 1 is 'q', the rule wants 'p'"))
        let line = try RawClient(stage.proxy.admin).command(
            "FRESHET", "RULE", "TEST", "s on p:{id} invalidate z:{id}", "p:7")
        #expect(line.elements?.compactMap(\.text).contains { $0.hasPrefix("target  z:7") } == true, "\(line)")
        #expect(try stage.has("x:1") && stage.has("y:1"))
        #expect(try stage.count("r", "deferred") == 0)
    }

    @Test("a reload keeps rules set at run time, and pauses; a rule of the file takes its namesake's place")
    func reload() throws {
        let stage = try RuleStage("rule mine on m:{id} invalidate z:{id}")
        try stage.admin("RULE SET r on p:{id} invalidate x:{id}")
        try stage.admin("RULE PAUSE mine")
        #expect(try stage.admin("RELOAD").text?.hasPrefix("OK") == true)
        try waitUntil("the rule") { try !stage.survives("x:1", "SET p:1 v") }
        #expect(try stage.survives("z:1", "SET m:1 v"))
        let path = stage.proxy.configurationPath
        let text = try FileSystem.readText(path)
        try FileSystem.write(text + "\nrule r on p:{id} invalidate y:{id}\n", to: path)
        #expect(try stage.admin("RELOAD").text?.hasPrefix("OK") == true)
        try waitUntil("the rule of the file") { try !stage.survives("y:1", "SET p:1 v") }
        #expect(try stage.survives("x:1", "SET p:1 v"))
        let states = try stage.admin("RULE LIST").elements?.compactMap { value("state", in: $0) } ?? []
        #expect(states.contains { $0.hasPrefix("not in force: rule 'r' is already defined at") }, "\(states)")
    }

    @Test("rules set at run time, and pauses with their work, survive a restart")
    func restart() throws {
        let stage = try RuleStage("rule mine on m:{id} invalidate z:{id}")
        try stage.admin("RULE SET r on p:{id} invalidate \"x y:{id}\" unless exists freeze")
        try stage.admin("RULE SET gone on q:{id} invalidate x:{id}")
        try stage.admin("RULE DEL gone")
        #expect(try stage.admin("RULE PAUSE mine") == .simple("OK"))
        #expect(try stage.survives("z:1", "SET m:1 v"))
        try waitUntil("its work in the queue") { try value("waiting", in: row("mine", stage)) == "1" }
        stage.proxy.stop()
        try stage.proxy.start()
        let client = try RawClient(stage.proxy.unix)
        try waitUntil("the rules, and the work") {
            let rows = try stage.admin("RULE LIST").elements ?? []
            return rows.count == 2 && rows.contains { value("waiting", in: $0) == "1" }
        }
        #expect(value("state", in: try row("mine", stage)) == "paused")
        try stage.redis("SET \"x y:1\" v")
        try client.line("SET p:1 v")
        #expect(try stage.redis("EXISTS \"x y:1\"") == .integer(0))
        #expect(try stage.has("z:1"))
        #expect(try stage.admin("RULE RESUME mine DRAIN").text == "OK")
        try waitUntil("the work to be done") { try !stage.has("z:1") }
    }

    @Test("every change has an audit record with the operator's address")
    func audit() throws {
        let stage = try RuleStage("")
        try stage.admin("RULE SET r on p:{id} invalidate x:{id}")
        try stage.admin("RULE PAUSE r")
        try stage.admin("RULE RESUME r DISCARD")
        try stage.admin("RULE DEL r")
        let wanted = [
            "rule set: r on p:{id} invalidate x:{id}", "rule paused: r", "rule resumed: r", "rule deleted: r",
        ]
        try waitUntil("four records") {
            let rules = try stage.audit().filter { $0.contains("\"kind\":\"rule\"") }
            return rules.count == 4
                && zip(rules, wanted).allSatisfy { $0.contains($1) && $0.contains("127.0.0.1") }
        }
    }

    @Test("the explanation of a key tells which rules fire, on what conditions, when and how")
    func explain() throws {
        let stage = try RuleStage("depend b:{id} on a:{id}")
        try stage.admin("RULE SET r on b:{id} invalidate x:{id} softly 30s when command=SET unless exists f")
        let lines = try stage.admin("EXPLAIN a:1").elements?.compactMap(\.text) ?? []
        #expect(lines.contains("Rules that fire, if their conditions hold"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("  r  when b:1 goes stale") }, "\(lines)")
        for line in [
            "only when command=SET", "not when exists f", "keys expire within 30s", "invalidates x:{id}",
        ] {
            #expect(lines.contains("    " + line), "\(lines)")
        }
    }

    @Test("fault 246: a rule is not fired by a command that reads")
    func readers() throws {
        let stage = try RuleStage("rule r on src:{n} invalidate copy:{n} after 1ms")
        for command in ["GET", "ttl", "SMEMBERS"] {
            let lines = try stage.admin("RULE TEST r src:1 \(command)").elements?.compactMap(\.text) ?? []
            #expect(lines.count == 2 && lines.last == "would not fire: \(command) mutates no key", "\(lines)")
        }
        let told = try stage.admin("RULE TEST r src:1 SET").elements?.compactMap(\.text) ?? []
        #expect(told.contains("would fire"), "\(told)")
        let unknown = try stage.admin("EXPLAIN src:1 GTE").elements?.compactMap(\.text) ?? []
        #expect(unknown.last?.hasPrefix("GTE is no command that Freshet knows") == true, "\(unknown)")
    }
}
