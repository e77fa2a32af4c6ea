/// Lets one line a minute into the log, as Redis does where the sender decides how often it happens.
struct OncePerMinute {
    private var last: UInt64?

    mutating func allows(_ nowMilliseconds: UInt64) -> Bool {
        if let last, nowMilliseconds - last < 60_000 { return false }
        last = nowMilliseconds
        return true
    }
}
