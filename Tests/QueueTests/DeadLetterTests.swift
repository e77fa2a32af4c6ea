import TestSupport
import Testing

/// Invalidations that failed for good wait for a person, across a crash, and are found, retried and dropped.
@Suite("Dead letters")
struct DeadLetterTests {
    /// A stage with one dead letter for each of the users.
    private func stage(users: Int) throws -> QueueStage {
        let stage = try QueueStage("depend page:{id} on user:{id}")
        for user in 1...users { try stage.redis("SET page:\(user) x") }
        try stage.redis("ACL SETUSER default -unlink")
        for user in 1...users { try stage.run("SET user:\(user) x") }
        try stage.waitFor(users, "dead")
        return stage
    }

    @Test("what Freshet's user may not do is a dead letter at once, with its cause and its error")
    func noPermission() throws {
        let stage = try stage(users: 1)
        let letter = try #require(try stage.rows("DLQ LIST").first)
        #expect(letter["state"] == "dead")
        #expect(letter["error"]?.hasPrefix("NOPERM") == true)
        let details = QueueStage.fields(
            try stage.admin("DLQ SHOW \(letter["id"] ?? "")").elements ?? [])
        #expect(details["command"]?.uppercased() == "SET")
        #expect(try stage.proxy.metric("freshet_dlq_items") == 1)
        #expect(try stage.audit.contains("given up after 1 attempt"))
        #expect(try stage.admin("QUEUE SHOW \(letter["id"] ?? "")").isError)
    }

    @Test("dead letters survive kill -9, and a retry does what they owe")
    func crashAndRetry() throws {
        let stage = try stage(users: 3)
        try stage.crash()
        try stage.waitFor(3, "dead")
        try stage.redis("ACL SETUSER default +unlink")
        #expect(try stage.admin("DLQ RETRY MATCH page:2").integer == 1)
        try stage.waitForGone("page:2")
        #expect(try stage.existing("page:*") == 2)
        #expect(try stage.admin("DLQ RETRY ALL").integer == 2)
        try stage.waitForGone("page:*")
        try stage.waitFor(0, "dead")
    }

    @Test("a drop forgets what its filters mean, for good")
    func drop() throws {
        let stage = try stage(users: 3)
        #expect(try stage.admin("DLQ DROP").isError)
        #expect(try stage.admin("DLQ DROP SIDE fallback").integer == 0)
        #expect(try stage.admin("DLQ DROP RULE none").integer == 0)
        let letters = try stage.rows("DLQ LIST ERROR noperm SINCE 1h LIMIT 2")
        #expect(letters.count == 2)
        #expect(try stage.admin("DLQ DROP \(letters[0]["id"] ?? "")").integer == 1)
        #expect(try stage.admin("DLQ DROP ERROR NOPERM").integer == 2)
        try stage.crash()
        #expect(try stage.rows("DLQ LIST").isEmpty)
        #expect(try stage.existing("page:*") == 3)
    }

    @Test("a later success for the same keys makes a dead letter needless")
    func superseded() throws {
        let stage = try stage(users: 1)
        try stage.redis("ACL SETUSER default +unlink")
        try stage.run("SET user:1 y")
        try stage.waitFor(0, "dead")
        #expect(try stage.existing("page:*") == 0)
        #expect(try stage.proxy.metric("freshet_queue_superseded_total") == 1)
    }

    @Test("the command line lists, shows, retries and drops")
    func commandLine() throws {
        let stage = try stage(users: 2)
        let admin = ["--admin", "127.0.0.1:\(stage.proxy.adminPort)"]
        let listed = try FreshetProcess.run(["dlq", "list", "--json"] + admin)
        #expect(listed.output.split(separator: "\n").count == 2)
        #expect(listed.output.contains("\"state\":\"dead\""))
        #expect(try FreshetProcess.run(["dlq", "drop", "--match", "page:1"] + admin).output == "1 dropped\n")
        try stage.redis("ACL SETUSER default +unlink")
        #expect(try FreshetProcess.run(["dlq", "retry", "--all"] + admin).output == "1 tried again\n")
        try stage.waitForGone("page:2")
        #expect(try FreshetProcess.run(["dlq", "drop"] + admin).exit != .code(0))
    }
}
