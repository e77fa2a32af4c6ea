import Synchronization
import Testing

@testable import Admin

@Suite struct HTTPServerTests {
    private func server(
        ready: Bool = true, hosts: [String] = [], limits: HTTPServer.Limits = .init()
    ) throws -> HTTPServer {
        let routes =
            [
                Route.metrics { "# TYPE up gauge\nup 1\n" },
                .readiness { Readiness(isReady: ready, reasons: ["upstream: checked", "index: checked"]) },
                .audit { key in [#"{"key":"\#(key.map { String(decoding: $0, as: UTF8.self) } ?? "all")"}"#]
                },
                Route("/echo", help: "bytes of the arguments") { request in
                    HTTPResponse(body: request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ";"))
                },
            ] + Route.liveness()
        return try HTTPServer(routes: routes, hosts: hosts, limits: limits)
    }

    @Test("metrics are served with the format's content type and the security headers")
    func metrics() throws {
        let (status, text) = HTTPClient.request(try server(), "GET /metrics HTTP/1.1")
        #expect(status == 200)
        #expect(text.hasSuffix("\r\n\r\n# TYPE up gauge\nup 1\n"))
        #expect(text.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        #expect(text.contains("Content-Security-Policy: default-src 'none'"))
        #expect(text.contains("X-Content-Type-Options: nosniff\r\n"))
    }

    @Test("HEAD has the headers of GET and no body")
    func head() throws {
        let (status, text) = HTTPClient.request(try server(), "HEAD /metrics HTTP/1.1")
        #expect(status == 200)
        #expect(text.contains("Content-Length: 21\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test(
        "fault 141: what could change something is refused with 405 and Allow",
        arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
    func methods(method: String) throws {
        let (status, text) = HTTPClient.request(
            try server(), "\(method) /metrics HTTP/1.1", more: "Content-Length: 0\r\n")
        #expect(status == 405)
        #expect(text.contains("Allow: GET, HEAD\r\n"))
    }

    @Test("a POST is refused before its body is read")
    func largeBody() throws {
        let (status, _) = HTTPClient.request(
            try server(), "POST /metrics HTTP/1.1", more: "Content-Length: 1000000000\r\n")
        #expect(status == 405)
    }

    @Test("a GET with a body is answered as one without")
    func bodyOfGet() throws {
        let client = HTTPClient(try server())
        client.send(
            "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
        #expect(client.readToEnd().hasSuffix("\r\n\r\nok\n"))
    }

    @Test(
        "numeric addresses, localhost and configured names are answered, in any case and with any port",
        arguments: [
            "localhost", "LOCALHOST:6381", "127.0.0.1", "127.0.0.1:6381", "10.1.2.3:80", "[::1]",
            "[::1]:6381",
            "[fe80::1]:1", "admin.internal", "Admin.Internal:6381",
        ])
    func goodHosts(host: String) throws {
        let server = try server(hosts: ["admin.internal"])
        #expect(HTTPClient.request(server, "GET /livez HTTP/1.1", host: host).status == 200)
    }

    @Test(
        "fault 142: any other name is refused, because a web page may have pointed it here",
        arguments: [
            "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1:x", "[::1",
            "256.1.1.1",
            "1.2.3", "[evil]", "", "localhost:80:80",
        ])
    func badHosts(host: String) throws {
        let (status, text) = HTTPClient.request(try server(), "GET /metrics HTTP/1.1", host: host)
        #expect(status == 403 || status == 400)
        #expect(!text.contains("up 1"))
    }

    @Test("a request of HTTP/1.0 without Host, as health checks send it, is answered")
    func noHost() throws {
        let server = try server()
        #expect(HTTPClient.request(server, "GET /livez HTTP/1.0", host: nil).status == 200)
        #expect(HTTPClient.request(server, "GET /livez HTTP/1.1", host: nil).status == 400)
    }

    @Test("an unknown path is 404 with the known ones and nothing of the request")
    func unknown() throws {
        let (status, text) = HTTPClient.request(try server(), "GET /<script>x HTTP/1.1")
        #expect(status == 404)
        #expect(text.contains("/metrics  ") && text.contains("/readyz  "))
        #expect(!text.contains("script"))
    }

    @Test("the index lists every path")
    func index() throws {
        let (status, text) = HTTPClient.request(try server(), "GET / HTTP/1.1")
        #expect(status == 200)
        for path in ["/audit", "/healthz", "/livez", "/metrics", "/readyz"] {
            #expect(text.contains("\n\(path)  "))
        }
    }

    @Test("not ready is 503 with one reason per line; ready tells them only when asked")
    func readiness() throws {
        let notReady = HTTPClient.request(try server(ready: false), "GET /readyz HTTP/1.1")
        #expect(notReady.status == 503)
        #expect(notReady.text.hasSuffix("\r\n\r\nnot ready\nupstream: checked\nindex: checked\n"))
        let ready = try server()
        #expect(HTTPClient.request(ready, "GET /readyz HTTP/1.1").text.hasSuffix("\r\n\r\nready\n"))
        #expect(
            HTTPClient.request(ready, "GET /readyz?verbose HTTP/1.1").text.hasSuffix(
                "ready\nupstream: checked\nindex: checked\n"))
    }

    @Test("being not ready does not make the process look dead")
    func liveness() throws {
        let server = try server(ready: false)
        #expect(HTTPClient.request(server, "GET /livez HTTP/1.1").status == 200)
        #expect(HTTPClient.request(server, "GET /healthz HTTP/1.1").status == 200)
    }

    @Test("audit records are JSON lines, for one key when it is given")
    func audit() throws {
        let server = try server()
        let all = HTTPClient.request(server, "GET /audit HTTP/1.1")
        #expect(all.text.hasSuffix("\r\n\r\n{\"key\":\"all\"}\n"))
        #expect(all.text.contains("Content-Type: application/x-ndjson\r\n"))
        #expect(
            HTTPClient.request(server, "GET /audit?key=a%3Ab HTTP/1.1").text.hasSuffix("{\"key\":\"a:b\"}\n"))
    }

    @Test("arguments are percent-decoded to bytes, whatever they are")
    func arguments() throws {
        let text = HTTPClient.request(try server(), "GET /echo?a=%ff%00b&c&d=x+y HTTP/1.1").text
        #expect(text.hasSuffix("a=[255, 0, 98];c=[];d=[120, 32, 121]"))
    }

    @Test("fault 144: headers past the limit are refused and the next client is served")
    func largeHeaders() throws {
        let server = try server(limits: .init(requestBytes: 4096))
        let (status, _) = HTTPClient.request(
            server, "GET /livez HTTP/1.1", more: "X: \(String(repeating: "x", count: 6000))\r\n")
        #expect(status >= 400)
        #expect(HTTPClient.request(server, "GET /livez HTTP/1.1").status == 200)
    }

    @Test("fault 144: a silent client is closed after the idle time")
    func idle() throws {
        let client = HTTPClient(try server(limits: .init(idleSeconds: 1)))
        client.send("GET /livez HTTP/1.1\r\n")
        let text = client.readToEnd()
        #expect(!text.hasPrefix("HTTP/1.1 200"))
    }

    @Test("a connection beyond the limit is closed at once")
    func connectionLimit() throws {
        let server = try server(limits: .init(connections: 2))
        let first = HTTPClient(server)
        let second = HTTPClient(server)
        let third = HTTPClient(server)
        #expect(third.readToEnd().isEmpty)
        for client in [first, second] {
            client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(client.readToEnd().hasSuffix("ok\n"))
        }
    }

    @Test("pipelined requests on one connection are all answered")
    func pipelining() throws {
        let client = HTTPClient(try server())
        client.send(
            "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n")
        client.send("Connection: close\r\n\r\n")
        #expect(client.readToEnd().split(separator: "ok\n").count == 2)
    }

    @Test("a stopped server closes what it had and what it is given")
    func stopping() throws {
        let server = try server()
        let open = HTTPClient(server)
        server.stop()
        server.stop()
        #expect(open.readToEnd().isEmpty)
        #expect(HTTPClient(server).readToEnd().isEmpty)
    }
}
