/// What went wrong in the scaffolding of a test: a server that does not start, a reply that does not come.
public struct SupportError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }

    /// Adds what the operating system says about `errno`.
    static func system(_ what: String, code: Int32) -> SupportError {
        SupportError("\(what): \(SystemCall.message(code))")
    }
}
