/// Whether traffic should be sent here, and why not.
public struct Readiness: Sendable {
    public var isReady: Bool
    /// One line each: what is missing, or what was checked.
    public var reasons: [String]

    public init(isReady: Bool, reasons: [String]) {
        self.isReady = isReady
        self.reasons = reasons
    }
}

extension Route {
    /// `/metrics`, in the Prometheus text format 0.0.4.
    public static func metrics(_ exposition: @escaping @Sendable () -> String) -> Route {
        Route("/metrics", help: "metrics in the Prometheus text format") { _ in
            HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: exposition())
        }
    }

    /// `/livez` and `/healthz`: that this process answers. Nothing outside it can make them fail, because a
    /// restart would not mend that.
    public static func liveness() -> [Route] {
        ["/livez", "/healthz"].map { path in
            Route(path, help: "200 while the process answers") { _ in HTTPResponse(body: "ok\n") }
        }
    }

    /// `/readyz`: 200, or 503 and one reason per line. `?verbose` lists the reasons of a 200 as well.
    public static func readiness(_ check: @escaping @Sendable () -> Readiness) -> Route {
        Route("/readyz", help: "200 when traffic may come, else 503 and why; ?verbose tells more") {
            request in
            let result = check()
            let showsReasons = !result.isReady || request.value("verbose") != nil
            let reasons = showsReasons ? result.reasons.map { $0 + "\n" }.joined() : ""
            let verdict = result.isReady ? "ready\n" : "not ready\n"
            return HTTPResponse(status: result.isReady ? 200 : 503, body: verdict + reasons)
        }
    }

    /// `/audit`: the last records as JSON lines, those that name `?key=` when one is given.
    public static func audit(_ records: @escaping @Sendable (_ key: [UInt8]?) -> [String]) -> Route {
        Route("/audit", help: "the last audit records as JSON lines; ?key=NAME for one key") { request in
            let lines = records(request.value("key"))
            return HTTPResponse(contentType: "application/x-ndjson", body: lines.map { $0 + "\n" }.joined())
        }
    }
}
