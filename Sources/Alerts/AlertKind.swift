/// What is known about an alert before it fires: its name, how bad it is, what it means, how patient it is.
///
/// Every alert that Freshet sends by itself is declared once, in `AlertKind.all`; the rules for Prometheus
/// and the runbook in docs/operating.md use the same names, and a test compares all three.
public struct AlertKind: Sendable, Hashable {
    /// In CamelCase.
    public let name: String
    public let severity: Alert.Severity
    /// One sentence: what is wrong.
    public let summary: String
    /// What it means, and what to do first.
    public let description: String
    /// How long it must last before it fires.
    public let holds: Alert.Patience
    /// How long it must be over before it is resolved.
    public let lingers: Alert.Patience
    /// Whether it is about this process alone, so that it is over when the process ends.
    public let concernsProcess: Bool

    init(
        _ name: String, _ severity: Alert.Severity, holds: Alert.Patience = .none,
        lingers: Alert.Patience = .none, concernsProcess: Bool = false, _ summary: String,
        _ description: String
    ) {
        self.name = name
        self.severity = severity
        self.holds = holds
        self.lingers = lingers
        self.concernsProcess = concernsProcess
        self.summary = summary
        self.description = description
    }
}

extension Alert {
    /// An alert of a declared kind.
    ///
    /// - Parameters:
    ///   - labels: what tells it from others of its kind, such as `["side": "fallback"]`.
    ///   - detail: what is known of this one; it leaves the machine, so never a key's name or a secret.
    public init(_ kind: AlertKind, labels: [String: String] = [:], detail: String = "") {
        self.init(
            kind.name, kind.severity, labels: labels, summary: kind.summary,
            description: detail.isEmpty ? kind.description : "\(detail). \(kind.description)")
        holds = kind.holds
        lingers = kind.lingers
        concernsProcess = kind.concernsProcess
    }
}

extension AlertSink {
    /// The condition of this kind is there.
    public func fire(_ kind: AlertKind, labels: [String: String] = [:], detail: String = "") {
        fire(Alert(kind, labels: labels, detail: detail))
    }

    /// The condition of this kind is over; does nothing when it was not there.
    public func resolve(_ kind: AlertKind, labels: [String: String] = [:]) {
        resolve(kind.name, labels: labels)
    }

    /// Fires or resolves, for a condition that is looked at again and again.
    public func set(
        _ kind: AlertKind, _ isOn: Bool, labels: [String: String] = [:],
        detail: @autoclosure () -> String = ""
    ) {
        if isOn { fire(kind, labels: labels, detail: detail()) } else { resolve(kind, labels: labels) }
    }

    /// Something happened that has no end of its own: fires, and is resolved when nothing more of the kind
    /// has happened for as long as the kind lingers.
    public func happened(_ kind: AlertKind, labels: [String: String] = [:], detail: String = "") {
        fire(kind, labels: labels, detail: detail)
        resolve(kind, labels: labels)
    }
}
