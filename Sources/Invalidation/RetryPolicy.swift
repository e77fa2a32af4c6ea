import Config

/// Decides what becomes of work that has failed.
///
/// Pure: random numbers come from outside.
struct RetryPolicy: Sendable {
    enum Verdict: Equatable {
        /// Another attempt after a wait; `counts` is false where the failure says nothing about the work.
        case again(afterMilliseconds: Int, counts: Bool)
        /// No attempt would help: to the dead letters.
        case never
    }

    /// Attempts after the first.
    var attempts: Int
    var backoff: Settings.Backoff

    init(attempts: Int, backoff: Settings.Backoff) {
        self.attempts = attempts
        self.backoff = backoff
    }

    /// What becomes of work that has failed with `error`, after `failed` attempts that counted and `refusals`
    /// in all.
    func verdict(
        _ error: String, failed: Int, refusals: Int, using random: inout some RandomNumberGenerator
    ) -> Verdict {
        if let refusal = Self.refusal(error), Self.isHopeless(refusal), !refusal.hasPrefix("DENIED") {
            return .never
        }
        if Self.isLost(error) {
            return .again(afterMilliseconds: min(1000, 50 << min(refusals, 5)), counts: false)
        }
        let word = error.prefix { $0 != " " && $0 != ":" }
        if Self.passing.contains(String(word)) {
            return .again(afterMilliseconds: min(1000, 100 << min(refusals + 1, 8)), counts: false)
        }
        if Self.isHopeless(error) { return .never }
        guard failed < attempts else { return .never }
        return .again(
            afterMilliseconds: Int.random(in: 0...ceiling(failed), using: &random), counts: true)
    }

    /// The longest wait after so many failed attempts: doubled each time, up to the maximum.
    ///
    /// The wait itself is anything from 0 to that (full jitter), so that work that failed together does not
    /// come back together.
    func ceiling(_ failed: Int) -> Int {
        let least = max(1, backoff.minimum.milliseconds)
        let (product, overflowed) = least.multipliedReportingOverflow(by: 1 << min(failed, 40))
        return min(max(least, backoff.maximum.milliseconds), overflowed ? Int.max : product)
    }

    /// Whether the link was lost: Redis has not said anything about the work.
    static func isLost(_ error: String) -> Bool { error.hasPrefix("connection lost") }

    /// What Redis has said instead of opening the link, as where there is no database of this number.
    private static func refusal(_ error: String) -> String? {
        let said = "connection lost: Redis refused the connection: "
        return error.hasPrefix(said) ? String(error.dropFirst(said.count)) : nil
    }

    /// First words of errors that say nothing about the command, only about the moment.
    private static let passing: Set<String> = [
        "BUSY", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOREPLICAS", "OOM", "READONLY", "TRYAGAIN",
        "CLUSTERDOWN", "WRONGPASS",
    ]

    /// Whether the same command will be refused for the same reason however often it is sent.
    private static func isHopeless(_ error: String) -> Bool {
        let words = ["NOPERM", "WRONGTYPE", "CROSSSLOT", "DENIED"]
        let texts = [
            "ERR unknown command", "ERR unknown subcommand", "ERR wrong number of arguments",
            "ERR DB index is out of range", "ERR value is out of range",
        ]
        return words.contains { error.hasPrefix($0) } || texts.contains { error.hasPrefix($0) }
    }

    /// A word for a metric's label: what Redis's error begins with, or `connection`.
    static func label(_ error: String) -> String {
        if let refusal = refusal(error) { return label(refusal) }
        if isLost(error) { return "connection" }
        let word = error.prefix { $0 != " " }
        let isCode = !word.isEmpty && word.utf8.allSatisfy { $0 >= 0x41 && $0 <= 0x5a }
        return isCode ? String(word) : "other"
    }
}
