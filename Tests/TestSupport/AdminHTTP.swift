/// The least of an HTTP client that the admin port needs.
public enum AdminHTTP {
    public struct Response: Sendable {
        public let status: Int
        /// Header lines as they came, without the status line.
        public let headers: [String]
        public let body: String
    }

    /// Sends one request on a connection of its own and reads to the close.
    public static func request(
        _ method: String, _ path: String, headers: [String] = [], body: String = "", to endpoint: Endpoint
    ) throws -> Response {
        let client = try RawClient(endpoint)
        let lines =
            ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1", "Connection: close"] + headers
            + (body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"])
        try client.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return try parse(String(decoding: try client.readToEnd(), as: UTF8.self))
    }

    public static func get(_ path: String, from endpoint: Endpoint) throws -> Response {
        try request("GET", path, to: endpoint)
    }

    private static func parse(_ text: String) throws -> Response {
        let bytes = Array(text.utf8)
        let separator = Array("\r\n\r\n".utf8)
        var split: Int?
        if bytes.count >= 4 {
            split = (0...(bytes.count - 4)).first { bytes[$0..<$0 + 4].elementsEqual(separator) }
        }
        guard let split else { throw SupportError("no HTTP response: \(text)") }
        let head = String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let words = head.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else {
            throw SupportError("no HTTP status line: \(text)")
        }
        let body = String(decoding: bytes[(split + 4)...], as: UTF8.self)
        return Response(status: status, headers: Array(head.dropFirst()), body: body)
    }
}
