import Config
import Testing

@Suite struct AddressTests {
    @Test(
        "an address is host:port, [v6]:port or unix:/path, and reads back from its description",
        arguments: [
            ("127.0.0.1:6380", Address.tcp(host: "127.0.0.1", port: 6380)),
            ("redis.example_1:0", .tcp(host: "redis.example_1", port: 0)),
            ("[::1]:65535", .tcp(host: "::1", port: 65535)),
            ("[fe80::1%eth0]:1", .tcp(host: "fe80::1%eth0", port: 1)),
            ("unix:/run/freshet.sock", .unix(path: "/run/freshet.sock")),
        ])
    func acceptedAddress(text: String, expected: Address) {
        #expect(Address(text) == expected)
        #expect(Address(expected.description) == expected)
    }

    @Test(
        "what is not an address is refused",
        arguments: [
            "", ":", "localhost", "localhost:", ":6379", "host:65536", "host:-1", "host:+1", "host:1:2",
            "::1:6379",
            "[::1]", "[::1]6379", "[::1", "[]:1", "[host]:1", "ho st:1", "unix:", "unix:/", "unix:relative",
            "unix:/" + String(repeating: "x", count: 107), "redis://h:1", "host:٣",
        ])
    func refusedAddress(text: String) { #expect(Address(text) == nil) }
}
