import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@testable import Admin

/// The client's end of a socket pair whose other end the server was given.
final class HTTPClient {
    private let descriptor: Int32
    /// Kept, because a server that nobody holds stops.
    private let server: HTTPServer

    init(_ server: HTTPServer) {
        self.server = server
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { preconditionFailure("no socket pair") }
        descriptor = ends[0]
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        server.add(descriptor: ends[1])
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        let count = unsafe bytes.withUnsafeBytes { bytes in
            unsafe Self.send(descriptor, bytes.baseAddress, bytes.count)
        }
        #expect(count == bytes.count)
    }

    /// Everything until the server closes.
    func readToEnd() -> String {
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe block.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count <= 0 { return String(decoding: text, as: UTF8.self) }
            text += block[..<count]
        }
    }

    /// Sends one request and gives the status and the whole response.
    static func request(
        _ server: HTTPServer, _ line: String, host: String? = "localhost", more: String = ""
    ) -> (status: Int, text: String) {
        let client = HTTPClient(server)
        let host = host.map { "Host: \($0)\r\n" } ?? ""
        client.send("\(line)\r\n\(host)Connection: close\r\n\(more)\r\n")
        let text = client.readToEnd()
        let words = text.split(separator: " ", maxSplits: 2)
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0, text)
    }

    private static func send(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.send(descriptor, start, count, Int32(MSG_NOSIGNAL))
        #else
            unsafe Musl.send(descriptor, start, count, MSG_NOSIGNAL)
        #endif
    }
}
