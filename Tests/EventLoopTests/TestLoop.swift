import EventLoop
import Glibc
import Testing

/// Sets a loop up, runs it until the test stops it, and fails the test when that takes too long.
func runLoop(_ body: (EventLoop) throws -> Void) throws {
    let loop = try EventLoop()
    var isLate = false
    loop.timer(afterMilliseconds: 20_000) {
        isLate = true
        loop.stop()
    }
    try body(loop)
    loop.run()
    #expect(!isLate, "the loop was not stopped within the deadline")
}

/// A TCP port on the loopback interface, plain or by TLS, or a Unix socket in a directory of its own.
enum Place: String, CaseIterable, CustomTestStringConvertible {
    case tcp, unix, tls
    static let plain = [Place.tcp, .unix]
    static let remote = [Place.tcp, .tls]
    var testDescription: String { rawValue }

    func withAddress(_ body: (SocketAddress) throws -> Void) throws {
        switch self {
        case .tcp, .tls: try body(#require(SocketAddress.tcp("127.0.0.1", port: 0)))
        case .unix: try withTemporaryDirectory { try body(.unix("\($0)/socket")) }
        }
    }
}

func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/freshet-loop-XXXXXX".utf8CString)
    let path = try #require(unsafe mkdtemp(&template).map { unsafe String(cString: $0) })
    defer {
        for name in ["socket", "file"] { unsafe _ = unlink("\(path)/\(name)") }
        unsafe _ = rmdir(path)
    }
    try body(path)
}

/// Listens, connects, and hands both ends over.
func connectPair(
    _ place: Place = .tcp, on address: SocketAddress, loop: EventLoop,
    _ body: @escaping (_ server: Stream, _ client: Stream) -> Void
) throws {
    let tls = place == .tls ? try TestTLS.shared.get() : nil
    var server: Stream?
    var client: Stream?
    func proceed() {
        guard let near = client, let far = server else { return }
        (client, server) = (nil, nil)
        body(far, near)
    }
    let listener = try Listener.listen(on: address, loop: loop) { stream in
        if let tls {
            stream.startTLS(tls.accepting, timeoutMilliseconds: 5_000) { failure in
                #expect(failure == nil || failure?.reason == .cancelled)
            }
        }
        server = stream
        proceed()
    }
    Connector.connect(
        to: listener.address, loop: loop, timeoutMilliseconds: 5_000, tls: tls?.connecting
    ) { result in
        client = try? result.get()
        #expect(client != nil, "cannot connect: \(result)")
        proceed()
    }
}

/// How many descriptors the process has open.
func openDescriptorCount() -> Int {
    guard let directory = unsafe opendir("/proc/self/fd") else { return -1 }
    defer { unsafe _ = closedir(directory) }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    return count
}

/// Bytes in which a lost, doubled or moved stretch shows: 65,521 random ones, a prime, again and again.
func pattern(_ count: Int) -> [UInt8] {
    var state: UInt32 = 1
    let block = (0..<65_521).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += block.prefix(count - bytes.count) }
    return bytes
}

/// Whether two long lists are equal, without the testing library's description of their difference.
func areEqual(_ left: [UInt8]?, _ right: [UInt8]) -> Bool { left == right }
