/// The bodies of requests: Alertmanager's v2 API, and the webhook's own.
enum AlertBody {
    /// What every alert of this process carries.
    struct Dressing: Sendable, Equatable {
        /// Labels of each alert; an alert's own win.
        var labels: [String: String] = [:]
        /// Where the runbook is; the alert's name in small letters follows as a fragment.
        var runbook = ""
        /// What generatorURL says; left out when empty.
        var generator = ""
    }

    /// The array that POST /api/v2/alerts takes.
    static func alertmanager(_ notices: [AlertNotice], _ dressing: Dressing) -> String {
        "[" + notices.map { alert($0, dressing, status: nil) }.joined(separator: ",") + "]"
    }

    /// One object, with its status.
    static func webhook(_ notice: AlertNotice, _ dressing: Dressing) -> String {
        alert(notice, dressing, status: notice.status)
    }

    /// An alert that fires has an end in Alertmanager's eyes, past which it is over; not in a webhook's.
    private static func alert(_ notice: AlertNotice, _ dressing: Dressing, status: AlertNotice.Status?)
        -> String
    {
        var fields: [(String, String)] = []
        if let status { fields.append(("status", quoted(status.rawValue))) }
        fields += [
            ("labels", object(labels(of: notice.alert, dressing))),
            ("annotations", object(annotations(of: notice.alert, dressing))),
            ("startsAt", quoted(Moment.text(notice.startsAt))),
        ]
        if status != .firing { fields.append(("endsAt", quoted(Moment.text(notice.endsAt)))) }
        if !dressing.generator.isEmpty { fields.append(("generatorURL", quoted(dressing.generator))) }
        return "{" + fields.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }

    static func labels(of alert: Alert, _ dressing: Dressing) -> [String: String] {
        dressing.labels.merging(alert.labels) { _, own in own }
            .merging(["alertname": alert.name, "severity": alert.severity.rawValue]) { _, own in own }
            .filter { !$0.value.isEmpty }
    }

    private static func annotations(of alert: Alert, _ dressing: Dressing) -> [String: String] {
        var annotations = ["summary": alert.summary, "description": alert.description]
        if !dressing.runbook.isEmpty {
            annotations["runbook_url"] = dressing.runbook + "#" + alert.name.lowercased()
        }
        return annotations
    }

    private static func object(_ pairs: [String: String]) -> String {
        let fields = pairs.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
        return "{" + fields.joined(separator: ",") + "}"
    }

    /// A JSON string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5c: result += "\\\\"
            case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
