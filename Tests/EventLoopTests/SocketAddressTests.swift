import EventLoop
import Testing

@Suite("Socket addresses")
struct SocketAddressTests {
    @Test(
        "an address reads back as it was written",
        arguments: [
            "127.0.0.1:6380", "[::1]:80", "[fe80::1%1]:6379", "unix:/run/redis.sock", "0.0.0.0:0",
        ])
    func roundTrip(_ text: String) throws {
        let address = try #require(SocketAddress(text))
        #expect(address.description == text)
        #expect(SocketAddress(address.description) == address)
    }

    @Test(
        "what is no numeric address is refused",
        arguments: [
            "localhost:6380", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80",
            "unix:", "",
            "1.2.3:80", "[::1%nosuchinterface]:80",
        ])
    func refused(_ text: String) { #expect(SocketAddress(text) == nil) }

    @Test("the parts of an address can be asked for")
    func parts() throws {
        let v4 = try #require(SocketAddress.tcp("10.1.2.3", port: 99))
        #expect(v4.ip == "10.1.2.3")
        #expect(v4.port == 99)
        #expect(v4.path == nil)
        let unix = SocketAddress.unix("/tmp/x")
        #expect(unix.path == "/tmp/x")
        #expect(unix.port == nil)
        #expect(unix.ip == nil)
    }
}
