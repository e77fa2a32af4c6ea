/// Lets the first of many requests through at once, and one more when the window after it has ended.
struct Coalescing {
    static let windowMilliseconds = 500
    private var isInWindow = false
    private var wasAskedAgain = false

    /// Whether the request may be carried out now; if not, `windowEnded` will ask for it.
    mutating func mayRun() -> Bool {
        if isInWindow {
            wasAskedAgain = true
            return false
        }
        isInWindow = true
        return true
    }

    /// Whether a request came in the window that has just ended.
    mutating func windowEnded() -> Bool {
        defer { wasAskedAgain = false }
        isInWindow = false
        return wasAskedAgain
    }
}
