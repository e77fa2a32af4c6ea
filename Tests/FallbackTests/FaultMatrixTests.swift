import TestSupport
import Testing

@Suite("Faults of primary and fallback")
struct FaultMatrixTests {
    @Test(
        "what operators invalidate is gone where Redis serves, kept for where it does not, and gone in the end",
        arguments: Condition.allCases)
    func invalidations(primary: Condition) throws {
        let couple = try Couple(failover: "off")
        for (number, fallback) in Condition.allCases.enumerated() {
            let page = "page:\(number)"
            for server in [couple.primary, couple.fallback] { try server.run("SET \(page) old") }
            try fallback.enter(couple.fallback)
            try primary.enter(couple.primary)
            let admin = try RawClient(couple.proxy.admin)
            try admin.sendCommand("FRESHET", "INVALIDATE", "RELATED", "product:\(number):price")
            try Self.expect(couple.primary, "primary", primary, page, couple)
            try Self.expect(couple.fallback, "fallback", fallback, page, couple)
            try primary.heal(couple.primary)
            try fallback.heal(couple.fallback)
            try couple.waitUntilBothReachable()
            try couple.waitUntilGone(page)
            for role in ["primary", "fallback"] {
                try waitUntil("nothing is owed to the \(role)", withinMilliseconds: 30_000) {
                    try couple.information("owed_to_\(role)") == "0"
                }
            }
        }
    }

    private static func expect(
        _ server: RedisServer, _ role: String, _ condition: Condition, _ page: String, _ couple: Couple
    ) throws {
        if condition == .up { return try server.waitUntilGone([page]) }
        try waitUntil("it is owed to the \(role), \(condition)", withinMilliseconds: 30_000) {
            try couple.information("owed_to_\(role)") != "0"
                // An operator waits for a primary that hangs: nothing is queued until it has answered.
                || (role == "primary" && condition == .hanging)
        }
        if condition == .readOnly { #expect(try server.has(page)) }
        if condition != .readOnly {
            try waitUntil("the \(role), \(condition), counts as away", withinMilliseconds: 30_000) {
                try !couple.isUp(role)
            }
        }
    }

    @Test(
        "applications are served by whoever can, as failover says, and read nothing that was changed meanwhile",
        arguments: ["off", "reads", "all"], Condition.allCases)
    func applications(failover: String, primary: Condition) throws {
        let couple = try Couple(failover: failover)
        for (number, fallback) in Condition.allCases.enumerated() {
            let case_ = Case(failover: failover, primary: primary, fallback: fallback, number: number)
            try couple.primary.run("SET \(case_.key) primary-\(number)")
            try couple.fallback.run("SET \(case_.key) fallback-\(number)")
            try fallback.enter(couple.fallback)
            try primary.enter(couple.primary)
            try case_.expectServed(couple)
            try primary.heal(couple.primary)
            try fallback.heal(couple.fallback)
            try couple.waitUntilBothReachable()
            try couple.waitUntilServing("primary")
            try case_.expectFresh(couple)
        }
    }
}

/// One field of the matrix.
private struct Case {
    let failover: String
    let primary: Condition
    let fallback: Condition
    let number: Int

    var key: String { "key:\(failover):\(primary):\(number)" }
    private var place: Comment { "failover \(failover), primary \(primary), fallback \(fallback)" }

    private func serves(_ condition: Condition) -> Bool {
        condition == .up || (condition == .readOnly && failover != "all")
    }

    /// Who serves once everything that can be known is known.
    private var server: (role: String, condition: Condition) {
        let moves = failover != "off" && !serves(primary) && serves(fallback)
        return moves ? ("fallback", fallback) : ("primary", primary)
    }

    /// Whether a write was accepted.
    private var writes: Bool {
        server.condition == .up && !(server.role == "fallback" && failover == "reads")
    }

    func expectServed(_ couple: Couple) throws {
        if primary != .up, primary != .readOnly {
            try waitUntil("the primary counts as away", withinMilliseconds: 30_000) {
                try !couple.isUp("primary")
            }
        }
        try couple.waitUntilServing(server.role)
        guard server.condition.answersReads else { return try expectNothingServed(couple) }
        #expect(try couple.insist("GET \(key)") == .bulk("\(server.role)-\(number)"), place)
        let reply = try couple.insist("SET \(key) new-\(number)")
        if writes {
            #expect(reply == .simple("OK"), place)
        } else {
            let words = server.role == "fallback" ? "READONLY freshet: " : "READONLY You can't"
            #expect(reply.text?.hasPrefix(words) == true, place)
        }
    }

    private func expectNothingServed(_ couple: Couple) throws {
        let client = try RawClient(couple.proxy.unix)
        switch primary {
        case .loading: #expect(try client.run("GET \(key)").text?.hasPrefix("LOADING") == true, place)
        case .down: #expect(try client.run("GET \(key)").text?.hasPrefix("ERR freshet: ") == true, place)
        // Nobody answers, as without a proxy; nobody else's reply comes either.
        default: try client.sendCommand("GET", key)
        }
        #expect(try couple.proxy.metric("freshet_serving{role=\"primary\"}") == 1, place)
    }

    /// What can be read now was written last, or is gone.
    func expectFresh(_ couple: Couple) throws {
        let reply = try couple.insist("GET \(key)")
        guard writes else { return #expect(reply == .bulk("primary-\(number)"), place) }
        let other = server.role == "primary" ? couple.fallback : couple.primary
        if failover == "off" {
            #expect(reply == .bulk("new-\(number)"), place)
        } else if server.role == "primary" {
            #expect(reply == .bulk("new-\(number)"), place)
            try other.waitUntilGone([key])
        } else {
            #expect(reply == .null, place)
        }
    }
}
