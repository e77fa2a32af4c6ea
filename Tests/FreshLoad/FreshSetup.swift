import TestSupport

/// How the proxy is set up in one episode, drawn at random.
struct FreshSetup: Sendable {
    static let user = "amy"
    static let password = "secret-of-amy"

    let plan: FreshPlan
    /// Lines of proxy.conf besides the conventions.
    let directives: [String]
    let usesTLS: Bool
    let hasFallback: Bool
    /// Whether links are cut meanwhile.
    let isDisturbed: Bool
    /// Whether each key of the groups with odd numbers is written under a lock, so that every path is safe.
    var hasLocks: Bool { !isDisturbed }

    init(_ seed: inout Seed) {
        plan = FreshPlan(&seed)
        func one(of words: [String]) -> String { words.randomElement(using: &seed) ?? "" }
        directives = [
            "workers " + one(of: ["1", "2"]), "connections " + one(of: ["shared", "shared", "dedicated"]),
            "cascade " + one(of: ["before-reply", "before-reply", "after-reply"]),
            "drain-rate " + one(of: ["0", "0", "200"]),
            "cascade-step-keys " + one(of: ["500", "4"]), "drain-batch " + one(of: ["500", "7"]),
            "cascade-max-keys " + one(of: ["1000", "1000", "6"]),
            // The reply may not leave before its cascade is over, however busy the machine is.
            "cascade-deadline 60s", "reconcile-rate 1000000",
        ]
        usesTLS = Int.random(in: 0..<4, using: &seed) == 0
        hasFallback = Int.random(in: 0..<4, using: &seed) == 0
        isDisturbed = Int.random(in: 0..<4, using: &seed) == 0
    }

    var configuration: String { (directives + plan.lines).joined(separator: "\n") + "\n" }

    var description: String {
        let traits = [(usesTLS, "TLS"), (hasFallback, "fallback"), (isDisturbed, "links cut")]
        let words = traits.filter(\.0).map(\.1)
        return (directives + words).joined(separator: ", ")
    }
}
