extension Metric {
    public static let alertsFiring = gauge(
        "freshet_alerts_firing", labels: ["alert"], "Alerts that fire now, by name")
    public static let alertsSent = counter(
        "freshet_alerts_sent_total", labels: ["target"],
        "Alerts that an alertmanager or webhook accepted, repeated and resolved ones included")
    public static let alertFailures = counter(
        "freshet_alert_failures_total", labels: ["target", "reason"],
        "Requests that an Alertmanager or webhook did not accept, by kind of target and reason")
    public static let alertsRefused = counter(
        "freshet_alerts_refused_total", "Alerts that were not sent because alert-limit was reached")

    static let alerts = [alertsFiring, alertsSent, alertFailures, alertsRefused]
}
