/// Decides what answers a request; knows nothing of sockets.
struct HTTPRouter: Sendable {
    private let routes: [String: Route]
    private let hosts: HostRule
    private let index: String

    init(routes: [Route], hosts: [String]) {
        self.routes = Dictionary(routes.map { ($0.path, $0) }, uniquingKeysWith: { _, last in last })
        self.hosts = HostRule(names: hosts)
        index = routes.sorted { $0.path < $1.path }.map { "\($0.path)  \($0.help)\n" }.joined()
    }

    /// What can be answered from the request line and `Host` alone, without reading on; nil for a request
    /// that may pass.
    func refusal(method: String, host: String?) -> HTTPResponse? {
        if !hosts.allows(host) {
            let text =
                "this host name is not answered: use a numeric address, localhost, or the name in 'admin'\n"
            return HTTPResponse(status: 403, body: text)
        }
        guard method == "GET" || method == "HEAD" else {
            let text = "only GET and HEAD are answered over HTTP; what changes something is a FRESHET verb\n"
            return HTTPResponse(status: 405, body: text, headers: [("Allow", "GET, HEAD")])
        }
        return nil
    }

    func respond(to request: HTTPRequest) -> HTTPResponse {
        if let route = routes[request.path] { return route.handle(request) }
        if request.path == "/" { return HTTPResponse(body: "freshet\n\n" + index) }
        return HTTPResponse(status: 404, body: "no such path; these are known:\n" + index)
    }
}
