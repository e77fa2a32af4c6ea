import Alerts
import Config

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension AlertOptions {
    /// The API that Alertmanagers of version 0.16 and newer have.
    private static let api = "/api/v2/alerts"
    /// An orderly stop waits no longer than this for alerts to be resolved.
    static let longestGoodbyeMilliseconds = 2000

    init(_ settings: Settings) {
        self.init()
        destinations =
            settings.alertmanager.map { address in
                AlertDestination(.alertmanager, url: Self.endpoint(address), name: address.url)
            }
            + settings.alertWebhook.map { AlertDestination(.webhook, url: $0.url, name: $0.redacted) }
        intervalMilliseconds = settings.alertInterval.milliseconds
        timeoutMilliseconds = settings.alertTimeout.milliseconds
        graceMilliseconds = settings.alertGrace.milliseconds
        limit = settings.alertLimit
        labels = ["cluster": "\(settings.upstream.address)", "instance": Self.hostName()]
        for label in settings.alertLabel { labels[label.name] = label.value }
        if let path = settings.alertmanagerTokenFile { tokenFiles[.alertmanager] = path }
        if let path = settings.alertWebhookTokenFile { tokenFiles[.webhook] = path }
        authorityFile = settings.alertCaCertFile
        proxy = settings.alertProxy?.url
        runbook = settings.alertRunbookUrl?.url ?? ""
        generator = settings.alertGeneratorUrl?.url ?? ""
        userAgent = "freshet/\(Version.number)"
    }

    /// How long an orderly stop waits.
    var goodbyeMilliseconds: Int { min(timeoutMilliseconds, Self.longestGoodbyeMilliseconds) }

    /// The URL may end in the API's path already, or in a slash.
    private static func endpoint(_ address: WebAddress) -> String {
        var url = address.url
        while url.hasSuffix("/") { url.removeLast() }
        return url.hasSuffix(api) ? url : url + api
    }

    private static func hostName() -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
