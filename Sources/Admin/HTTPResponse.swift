/// What goes back: a status, a type and a body. The server adds the security headers.
public struct HTTPResponse: Sendable {
    public static let plainText = "text/plain; charset=utf-8"

    public var status: Int
    public var contentType: String
    public var body: [UInt8]
    public var headers: [(name: String, value: String)]

    public init(
        status: Int = 200, contentType: String = plainText, body: String,
        headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.body = Array(body.utf8)
        self.headers = headers
    }

    /// On every response: it is shown as what it says it is, loads nothing, and is not kept.
    static let securityHeaders: [(name: String, value: String)] = [
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    ]
}
