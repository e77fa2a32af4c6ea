import Bytes
import Testing

@testable import Config

@Suite struct UpstreamTests {
    @Test(
        "an upstream URL gives address, user and password, and reads back",
        arguments: [
            ("redis://h", "redis://h:6379", nil, nil),
            ("redis://h:7/", "redis://h:7", nil, nil),
            ("redis://[::1]:7", "redis://[::1]:7", nil, nil),
            ("redis://u@h", "redis://u@h:6379", "u", nil),
            ("redis://:p@h", "redis://:p@h:6379", nil, "p"),
            ("redis://u:p%40%3a%2F@h:1", "redis://u:p%40%3A%2F@h:1", "u", "p@:/"),
            ("redis://u:p@q@h:1", "redis://u:p%40q@h:1", "u", "p@q"),
            ("unix:///run/r.sock", "unix:///run/r.sock", nil, nil),
            ("redis+unix://u:p@/run/r.sock", "unix://u:p@/run/r.sock", "u", "p"),
        ] as [(String, String, String?, String?)])
    func acceptedURL(url: String, shown: String, user: String?, password: String?) throws {
        let upstream = try Upstream(url: url)
        #expect(upstream.url(showSecrets: true) == shown)
        #expect(upstream.user == user.map { ByteString($0) })
        #expect(upstream.password?.revealed == password.map { ByteString($0) })
        #expect(try Upstream(url: shown) == upstream)
    }

    @Test(
        "what is wrong with an upstream URL is told apart",
        arguments: [
            ("h:6379", Upstream.Refusal.form), ("http://h", .form), ("redis://", .host),
            ("redis://h:0", .host),
            ("redis://h:99999", .host), ("redis://h/2", .database), ("redis://u:a/b@h", .database),
            ("redis://u:%zz@h", .percent), ("redis://u:%4@h", .percent), ("unix://relative", .path),
        ])
    func refusedURL(url: String, expected: Upstream.Refusal) {
        #expect(throws: expected) { try Upstream(url: url) }
    }

    @Test("a password shows in no description, dump or listing")
    func secrecy() throws {
        let upstream = try Upstream(url: "redis://u:hunter2@h")
        var dumped = ""
        dump(upstream, to: &dumped)
        #expect(upstream.description == "redis://u:***@h:6379")
        #expect(!"\(upstream) \(String(reflecting: upstream)) \(dumped)".contains("hunter2"))

        let configuration = try #require(Loader.load(text: "upstream redis://u:hunter2@h").configuration)
        #expect(!"\(configuration.effective())".contains("hunter2"))
        #expect(!configuration.effectiveLines(showSecrets: false).joined().contains("hunter2"))
        #expect(configuration.effectiveLines(showSecrets: true).contains("upstream redis://u:hunter2@h:6379"))
    }

    @Test(
        "an error about an upstream never shows the password",
        arguments: [
            "upstream redis://u:hunter2@h:99999", "upstream redis://:hunter2", " Upstreem hunter2@h",
            "upstrem redis://u:hunter2@h", "upstream redis:u:hunter2@h",
            "upstream redis://u:hunter2@h two", "redis://u:hunter2@h", "upstream 'redis://u:hunter2@h",
            "workers redis://u:hunter2@h", "upstream rediss://u:hunter2@h:x", "listen redis://u:hunter2@h",
        ])
    func secrecyOfErrors(line: String) {
        let outcome = Loader.load(text: line)
        #expect(outcome.configuration == nil)
        #expect(!outcome.rendered.contains("hunter2"), "\(outcome.rendered)")
    }
}
