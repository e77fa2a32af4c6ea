extension Work {
    /// For how many milliseconds it has been owed by `now`, without what was planned: a delay, a debounce, a
    /// rate, and the time over which it was to be spread.
    ///
    /// What it waited for beyond that counts: a place, a Redis that was away, further attempts.
    func lateness(at now: Moment) -> Int64 {
        let planned = isRetrying ? accepted + Int64(delayMilliseconds) : max(accepted, due)
        return max(0, now.wall - planned - Int64(spreadMilliseconds))
    }
}
