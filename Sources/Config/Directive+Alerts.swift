import Bytes
import Naming

extension Directive {
    static let alerts: [Directive] = [
        destinations(
            "alertmanager", \.alertmanager, isSecret: false,
            help: "Alertmanagers to tell what fires, each of them all of it (API v2; /api/v2/alerts is "
                + "appended to the URL). Lines add up; \"\" empties the list. Redirects are not followed, "
                + "certificates are verified.",
            example: "alertmanager http://10.0.0.7:9093 http://10.0.0.8:9093"),
        scalar(
            "alertmanager-token-file", \.alertmanagerTokenFile, .path, in: .alerts, reloadable: true,
            help: "A file with the bearer token that Alertmanagers ask for. It is read for each request, so "
                + "it may be replaced at any time.",
            example: "alertmanager-token-file /run/secrets/alertmanager-token"),
        destinations(
            "alert-webhook", \.alertWebhook, isSecret: true,
            help: "URLs that get one POST for each alert when it begins to fire and one when it is resolved: "
                + "a JSON object with status, labels, annotations, startsAt and endsAt. Lines add up; \"\" "
                + "empties the list. The path counts as a secret and is never shown.",
            example: "alert-webhook https://chat.example.com/hooks/freshet"),
        scalar(
            "alert-webhook-token-file", \.alertWebhookTokenFile, .path, in: .alerts, reloadable: true,
            help: "A file with the bearer token that webhooks ask for, read for each request.",
            example: "alert-webhook-token-file /run/secrets/webhook-token"),
        scalar(
            "alert-ca-cert-file", \.alertCaCertFile, .path, in: .alerts, reloadable: true,
            help: "Certificates of the authorities that may have signed those of Alertmanagers and webhooks, "
                + "instead of the system's.",
            example: "alert-ca-cert-file /etc/freshet/tls/ca.crt"),
        proxy,
        scalar(
            "alert-interval", \.alertInterval, .duration(.seconds(1)...(.seconds(3600))), in: .alerts,
            reloadable: true,
            help:
                "How often Alertmanagers are told again what still fires. An alert that they have not heard "
                + "of for four times as long is over, so alerts end even if Freshet dies.",
            example: "alert-interval 30s"),
        scalar(
            "alert-timeout", \.alertTimeout, .duration(.milliseconds(100)...(.seconds(60))), in: .alerts,
            reloadable: true,
            help: "How long one request to an Alertmanager or webhook may take before it is tried again.",
            example: "alert-timeout 10s"),
        scalar(
            "alert-grace", \.alertGrace, .duration(.zero...(.seconds(3600))), in: .alerts, reloadable: true,
            help: "How long a condition that comes and goes, such as an unreachable Redis, must last before "
                + "it fires, and must be over before it is resolved. What is only bad when it lasts (a queue "
                + "that grows, an index that stays suspect) is given sixty times as long.",
            example: "alert-grace 30s"),
        scalar(
            "alert-limit", \.alertLimit, .count(1...100_000, unit: "alerts"), in: .alerts, reloadable: true,
            help: "Distinct alerts that may fire at a time; further ones are only logged and counted.",
            example: "alert-limit 100"),
        labels,
        address(
            "alert-runbook-url", \.alertRunbookUrl,
            help: "Where the runbook is, as the annotation runbook_url of each alert says it, with the "
                + "alert's name in small letters as the fragment.",
            example: "alert-runbook-url https://wiki.example.com/freshet/operating"),
        address(
            "alert-generator-url", \.alertGeneratorUrl,
            help: "What generatorURL says: where the 'Source' link of an alert leads to, a dashboard for "
                + "example.",
            example: "alert-generator-url https://grafana.example.com/d/freshet"),
    ]

    /// Destinations in one directive.
    private static let mostDestinations = 8

    private static let proxy = address(
        "alert-proxy", \.alertProxy,
        help: "An HTTP proxy to reach Alertmanagers and webhooks through. Variables such as http_proxy are "
            + "not looked at.",
        example: "alert-proxy http://proxy.example.com:3128")

    private static func destinations(
        _ name: String, _ path: any Path<[WebAddress]>, isSecret: Bool, help: String, example: String
    ) -> Directive {
        Directive(
            name: name, section: .alerts, kind: .list, arguments: "URL...", unit: nil, isReloadable: true,
            help: help, example: example,
            binding: Binding(
                arity: 1...mostDestinations,
                set: { settings, words throws(Diagnostic) in
                    try add(words, to: &settings[keyPath: path])
                },
                show: { settings, showsSecrets in
                    let all = settings[keyPath: path].map { isSecret && !showsSecrets ? $0.redacted : $0.url }
                    return [all.isEmpty ? "\"\"" : all.joined(separator: " ")]
                },
                isEqual: { $0[keyPath: path] == $1[keyPath: path] },
                copy: { $1[keyPath: path] = $0[keyPath: path] },
                clear: { $0[keyPath: path] = [] }))
    }

    private static func add(_ words: [Word], to list: inout [WebAddress]) throws(Diagnostic) {
        if words.count == 1, words[0].text.isEmpty {
            list = []
            return
        }
        for word in words {
            let address = try webAddress(word)
            guard list.count < mostDestinations || list.contains(address) else {
                throw .error("expected at most \(mostDestinations) URLs in all", at: word.location)
            }
            if !list.contains(address) { list.append(address) }
        }
    }

    private static func webAddress(_ word: Word) throws(Diagnostic) -> WebAddress {
        do {
            return try WebAddress(url: word.text.text)
        } catch {
            throw .error(error.rawValue, at: word.location)
        }
    }

    private static func address(
        _ name: String, _ path: any Path<WebAddress?>, help: String, example: String
    ) -> Directive {
        scalar(
            name, path,
            Parameter(syntax: "URL|off", unit: nil) { word throws(Diagnostic) in
                word.text == "off" ? nil : try webAddress(word)
            } show: {
                $0?.url ?? "off"
            }, in: .alerts, reloadable: true, help: help, example: example)
    }

    private static let labels = Directive(
        name: "alert-label", section: .alerts, kind: .list, arguments: "NAME=VALUE...", unit: nil,
        isReloadable: true,
        help: "Labels of every alert beside alertname, severity, cluster (the address of the upstream) and "
            + "instance (the host's name); the latter two can be given another value. Lines add up; \"\" "
            + "empties the list.",
        example: "alert-label team=shop environment=production",
        binding: Binding(
            arity: 1...32,
            set: { settings, words throws(Diagnostic) in try addLabels(words, to: &settings.alertLabel) },
            show: { settings, _ in
                let all = settings.alertLabel.map { Quotation.token(ByteString($0.text)) }
                return [all.isEmpty ? "\"\"" : all.joined(separator: " ")]
            },
            isEqual: { $0.alertLabel == $1.alertLabel },
            copy: { $1.alertLabel = $0.alertLabel },
            clear: { $0.alertLabel = [] }))

    private static func addLabels(_ words: [Word], to list: inout [AlertLabel]) throws(Diagnostic) {
        if words.count == 1, words[0].text.isEmpty {
            list = []
            return
        }
        for word in words {
            guard let text = String(validating: word.text.bytes, as: UTF8.self), let label = AlertLabel(text)
            else { throw word.unexpected("NAME=VALUE with a name of letters, digits and '_'") }
            guard !AlertLabel.taken.contains(label.name) else {
                throw word.unexpected("a label other than \(AlertLabel.taken.listed)")
            }
            list.removeAll { $0.name == label.name }
            guard list.count < 32 else {
                throw .error("expected at most 32 labels in all", at: word.location)
            }
            list.append(label)
        }
    }
}
