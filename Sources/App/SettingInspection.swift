import Alerts
public import Config
import Naming

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Judges settings that name files, for `check`, the start and every reload.
public enum SettingInspection {
    /// What is wrong with certificates, keys and tokens.
    public static func inspect(_ settings: Settings) -> [SettingProblem] {
        Encryption.inspect(settings)
            + token(settings.alertmanagerTokenFile, "alertmanager-token-file", settings.alertmanager)
            + token(settings.alertWebhookTokenFile, "alert-webhook-token-file", settings.alertWebhook)
            + authorities(settings.alertCaCertFile)
    }

    private static func token(
        _ path: String?, _ directive: String, _ destinations: [WebAddress]
    ) -> [SettingProblem] {
        guard let path else { return [] }
        if let problem = AlertOptions.problem(tokenFile: path) {
            return [
                SettingProblem(
                    directive: directive, severity: .error,
                    message: "expected a file with a token at '\(path)', but \(problem)")
            ]
        }
        guard let open = destinations.first(where: { !$0.isTLS && !$0.isLoopback }) else { return [] }
        return [
            SettingProblem(
                directive: directive, severity: .warning,
                message: "the token travels to \(open.origin) in the clear: use https://")
        ]
    }

    private static func authorities(_ path: String?) -> [SettingProblem] {
        guard let path, unsafe access(path, R_OK) != 0 else { return [] }
        return [
            SettingProblem(
                directive: "alert-ca-cert-file", severity: .error,
                message: "expected a readable file, but '\(path)' cannot be read")
        ]
    }
}

extension WebAddress {
    fileprivate var isLoopback: Bool {
        guard case .tcp(let host, _) = address else { return false }
        return host.hasPrefix("127.") || host == "::1" || host.lowercased() == "localhost"
    }
}
