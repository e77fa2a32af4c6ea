/// What a route learns of a request; there is no body, because nothing is changed over HTTP.
public struct HTTPRequest: Sendable {
    /// `GET` or `HEAD`.
    public let method: String
    /// Percent-decoded, without the query.
    public let path: String
    /// Percent-decoded names and values in the order of the query, plus signs read as spaces.
    public let query: [(name: String, value: [UInt8])]

    public init(method: String = "GET", path: String, query: [(name: String, value: [UInt8])] = []) {
        self.method = method
        self.path = path
        self.query = query
    }

    /// The first value of that name; empty for a name without one.
    public func value(_ name: String) -> [UInt8]? {
        query.first { $0.name == name }?.value
    }
}
