/// Waits for `condition`, asking every millisecond, and throws with `what` when it does not hold in time.
///
/// The deadline only bounds a failing test; a passing one never waits longer than its condition needs.
public func waitUntil(
    _ what: String, withinMilliseconds limit: Int = 10_000, _ condition: () throws -> Bool
) throws {
    let deadline = SystemCall.monotonicMilliseconds() + limit
    while try !condition() {
        guard SystemCall.monotonicMilliseconds() < deadline else {
            throw SupportError("waited \(limit) ms in vain: \(what)")
        }
        SystemCall.pauseMicroseconds(1000)
    }
}

/// Lets a peer see the bytes sent so far as a segment of their own.
///
/// A stimulus, not a wait for a condition: nothing may depend on it having been long enough.
public func separateSegments() { SystemCall.pauseMicroseconds(200) }

/// Lets time pass under load. A stimulus as well, never a wait for a condition.
public func pause(milliseconds: Int) { SystemCall.pauseMicroseconds(UInt32(max(0, milliseconds) * 1000)) }
