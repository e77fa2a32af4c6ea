/// Something that a person should look at, as it goes to Alertmanager and to webhooks.
///
/// Its name and labels identify it: the same again is the same alert, still firing.
public struct Alert: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable { case warning, critical }

    /// How long to wait before believing that a condition has come, or gone.
    public enum Patience: String, Sendable, Hashable {
        case none
        /// `alert-grace`.
        case grace
        /// Sixty times that.
        case long
    }

    static let longInGraces: Int64 = 60

    /// In CamelCase, `FreshetUpstreamDown`.
    public var name: String
    public var severity: Severity
    /// What else tells it from others, never a key's name.
    public var labels: [String: String]
    /// One sentence: what is wrong.
    public var summary: String
    /// What it means and what to do.
    public var description: String
    /// How long it must last before it fires.
    public var holds = Patience.none
    /// How long it must be over before it is resolved, so that what comes and goes fires once.
    public var lingers = Patience.none
    /// Whether it is over when the process ends.
    public var concernsProcess = false

    public init(
        _ name: String, _ severity: Severity, labels: [String: String] = [:], summary: String,
        description: String
    ) {
        self.name = name
        self.severity = severity
        self.labels = labels
        self.summary = summary
        self.description = description
    }
}

/// Takes alerts from any thread and sends them where the configuration says.
public protocol AlertSink: Sendable {
    /// The alert fires from now on, until it is resolved; telling again changes its text only.
    func fire(_ alert: Alert)
    /// The alert of this name and these labels is over; does nothing when it was not firing.
    func resolve(_ name: String, labels: [String: String])
    /// What fires now.
    var listing: AlertListing { get }
    /// Sends a test alert everywhere; `done` is called once, on any thread, with what became of it at each
    /// destination.
    func test(_ done: @escaping @Sendable ([(name: String, failure: String?)]) -> Void)
}

/// Sends alerts nowhere.
public struct NoAlerts: AlertSink {
    public init() {}
    public func fire(_ alert: Alert) {}
    public func resolve(_ name: String, labels: [String: String]) {}
    public var listing: AlertListing { AlertListing() }
    public func test(_ done: @escaping @Sendable ([(name: String, failure: String?)]) -> Void) { done([]) }
}
