/// What the configuration says about alerts.
public struct AlertOptions: Sendable, Equatable {
    public var destinations: [AlertDestination] = []
    /// How often a firing alert is told to an Alertmanager again, in milliseconds.
    public var intervalMilliseconds = 60_000
    /// How long one request may take.
    public var timeoutMilliseconds = 5000
    /// How long conditions that come and go must last, and must be over.
    public var graceMilliseconds = 10_000
    /// Distinct alerts at a time.
    public var limit = 1000
    /// Labels of every alert.
    public var labels: [String: String] = [:]
    /// Files with a bearer token for each kind; read again for each request, for tokens are rotated.
    public var tokenFiles: [AlertDestination.Kind: String] = [:]
    /// Authorities to trust instead of the system's.
    public var authorityFile: String?
    /// The proxy to go through; nil for none, whatever the environment says.
    public var proxy: String?
    public var runbook = ""
    public var generator = ""
    public var userAgent = "freshet"

    public init() {}

    /// Why the file does not hold a token; nil when it does.
    public static func problem(tokenFile path: String) -> String? {
        do {
            _ = try BearerToken.load(path)
            return nil
        } catch {
            return error.description
        }
    }

    var rules: AlertBook.Rules {
        AlertBook.Rules(
            grace: Int64(graceMilliseconds), interval: Int64(intervalMilliseconds), limit: limit)
    }

    var dressing: AlertBody.Dressing {
        AlertBody.Dressing(labels: labels, runbook: runbook, generator: generator)
    }
}
