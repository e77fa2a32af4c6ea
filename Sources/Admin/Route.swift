/// A path and what answers it; the answer is made on the HTTP thread and must not wait.
public struct Route: Sendable {
    public let path: String
    /// One line for the index page.
    public let help: String
    public let handle: @Sendable (HTTPRequest) -> HTTPResponse

    public init(_ path: String, help: String, handle: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
        self.path = path
        self.help = help
        self.handle = handle
    }
}
