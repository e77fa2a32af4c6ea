/// Which `Host` headers are answered, against DNS rebinding.
///
/// A web page can point a name of its own at 127.0.0.1 and read what answers; it cannot do so under a numeric
/// address, `localhost`, or a name that the configuration gives. So those pass, and every other name is
/// refused.
struct HostRule: Sendable {
    private let names: Set<String>

    init(names: [String]) { self.names = Set(names.map { $0.lowercased() } + ["localhost"]) }

    /// Whether to answer; a request without the header comes from no browser.
    func allows(_ header: String?) -> Bool {
        guard let header else { return true }
        guard let host = Self.host(header.lowercased()) else { return false }
        return names.contains(host) || Self.isNumericV4(host) || Self.isNumericV6(host)
    }

    /// The header without its port; nil when the port is not a number.
    private static func host(_ header: String) -> String? {
        let end: String.Index
        if header.hasPrefix("[") {
            guard let bracket = header.firstIndex(of: "]") else { return nil }
            end = header.index(after: bracket)
        } else {
            end = header.firstIndex(of: ":") ?? header.endIndex
        }
        let rest = header[end...]
        guard rest.isEmpty || rest.hasPrefix(":") && rest.dropFirst().utf8.allSatisfy({ 0x30...0x39 ~= $0 })
        else {
            return nil
        }
        return String(header[..<end])
    }

    private static func isNumericV4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { (1...3).contains($0.utf8.count) && UInt8($0) != nil && !$0.hasPrefix("+") }
    }

    private static func isNumericV6(_ host: String) -> Bool {
        guard host.hasPrefix("["), host.hasSuffix("]") else { return false }
        let address = host.dropFirst().dropLast()
        return address.contains(":") && address.utf8.allSatisfy { "0123456789abcdef:.".utf8.contains($0) }
    }
}
