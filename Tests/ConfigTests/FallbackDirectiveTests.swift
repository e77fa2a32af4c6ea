import Bytes
import Naming
import Testing

@testable import Config

@Suite("Directives of the fallback")
struct FallbackDirectiveTests {
    @Test("a fallback is written as an upstream is, and its password is never shown")
    func form() throws {
        let configuration = try accepted("fallback rediss://u:secret@b.example:6390\nfailover all")
        let fallback = try #require(configuration.settings.fallback)
        #expect(fallback.isTLS && fallback.user == "u" && fallback.password?.revealed == "secret")
        #expect(fallback.description == "rediss://u:***@b.example:6390")
        let shown = configuration.effective().map(\.value) + configuration.effectiveLines(showSecrets: false)
        #expect(!shown.contains { $0.contains("secret") })
        #expect(configuration.settings.mirrorsEveryKey)
        #expect(configuration.conventions.concernsEveryKey)
    }

    @Test("without failover only what conventions speak of is mirrored")
    func quiet() throws {
        for text in ["fallback redis://b", "fallback redis://b\nfailover all\nmode observe"] {
            #expect(try !accepted(text).conventions.concernsEveryKey, "\(text)")
        }
    }

    @Test(
        "a fallback that cannot be one is refused, and what has no effect is said",
        arguments: [
            ("fallback redis://127.0.0.1:6379", "expected another Redis than upstream"),
            ("listen 127.0.0.1:7000\nfallback redis://127.0.0.1:7000", "Freshet would forward to itself"),
            ("fallback http://u:secret@b", "expected redis://"),
            ("failover all", "failover has no effect: there is no fallback"),
            ("fallback redis://b\nfailover all\nmode observe", "no effect with mode observe"),
            ("fallback-tls-server-name b", "fallback-tls-server-name has no effect"),
        ])
    func problems(text: String, message: String) {
        let outcome = Loader.load(text: "upstream redis://127.0.0.1:6379\n" + text)
        #expect(outcome.rendered.contains(message), "\(outcome.rendered)")
        #expect(!outcome.rendered.contains("secret"))
    }
}
