internal import CCurl

/// One POST with libcurl, from its start to its end.
///
/// It goes to the URL it was given and nowhere else: no redirect is followed, no cookie or netrc is read, no
/// proxy is taken from the environment, and the certificate is verified.
@safe final class Transfer {
    struct Request: Sendable {
        /// The number of the courier that waits for it.
        var courier: Int
        var destination: AlertDestination
        var body: String
        /// Nil for none.
        var tokenFile: String?
        var timeoutMilliseconds: Int
        var authorityFile: String?
        var proxy: String?
        var userAgent: String
    }

    /// More of an answer is not read; what it says does not matter.
    static let mostAnswerBytes = 64 << 10

    let request: Request
    let handle: OpaquePointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var answered = 0

    /// - Throws: when libcurl refuses a setting, which would otherwise be less strict than it should.
    init(_ request: Request) throws(AlertFailure) {
        guard let handle = unsafe curl_easy_init() else {
            throw AlertFailure(.other, "libcurl has no memory for a request")
        }
        self.request = request
        unsafe self.handle = unsafe handle
        let token = try request.tokenFile.map { path throws(AlertFailure) in try BearerToken.load(path) }
        guard addHeaders(token), setUp() else {
            throw AlertFailure(.other, "libcurl does not accept the settings of the request")
        }
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
    }

    private func addHeaders(_ token: String?) -> Bool {
        var lines = ["Content-Type: application/json", "Accept: application/json", "Expect:"]
        if let token { lines.append("Authorization: Bearer \(token)") }
        for line in lines {
            guard let longer = unsafe curl_slist_append(headers, line) else { return false }
            unsafe headers = unsafe longer
        }
        return true
    }

    private func setUp() -> Bool {
        let destination = request.destination
        return setNumbers()
            && set(CURLOPT_URL, destination.url)
            && set(CURLOPT_PROTOCOLS_STR, "http,https")
            && set(CURLOPT_PROXY, request.proxy ?? "")
            && set(CURLOPT_NOPROXY, "")
            && set(CURLOPT_USERAGENT, request.userAgent)
            && set(CURLOPT_COPYPOSTFIELDS, request.body)
            && (request.authorityFile.map { set(CURLOPT_CAINFO, $0) } ?? true)
            && setHeaders() && setCallback()
    }

    private func setNumbers() -> Bool {
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_POST, 1),
            (CURLOPT_POSTFIELDSIZE, request.body.utf8.count),
            (CURLOPT_FOLLOWLOCATION, 0), (CURLOPT_NETRC, 0),
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_SSLVERSION, freshet_curl_tls12()),
            (CURLOPT_HTTP_VERSION, freshet_curl_http11()),
            (CURLOPT_TIMEOUT_MS, request.timeoutMilliseconds),
            (CURLOPT_CONNECTTIMEOUT_MS, request.timeoutMilliseconds),
        ]
        return numbers.allSatisfy { unsafe freshet_curl_set_long(handle, $0, $1) == CURLE_OK }
    }

    private func set(_ option: CURLoption, _ value: String) -> Bool {
        unsafe freshet_curl_set_string(handle, option, value) == CURLE_OK
    }

    private func setHeaders() -> Bool {
        unsafe freshet_curl_set_list(handle, CURLOPT_HTTPHEADER, headers) == CURLE_OK
    }

    private func setCallback() -> Bool {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        return unsafe freshet_curl_set_reader(
            handle,
            { _, size, count, context in
                let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
                return transfer.reads(size * count) ? size * count : 0
            }, context) == CURLE_OK
    }

    /// Whether more may come.
    private func reads(_ count: Int) -> Bool {
        answered += count
        return answered <= Self.mostAnswerBytes
    }

    /// What became of it, once libcurl is done with it.
    func outcome(_ code: CURLcode) -> AlertFailure? {
        if code == CURLE_OK {
            return unsafe AlertFailure(status: freshet_curl_status(handle))
        }
        return AlertFailure(curl: code, timeoutMilliseconds: request.timeoutMilliseconds)
    }
}

extension AlertFailure {
    fileprivate init(curl code: CURLcode, timeoutMilliseconds: Int) {
        let text = unsafe String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            self.init(.timeout, "it has not answered within \(timeoutMilliseconds) ms")
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self.init(.name, text)
        case CURLE_COULDNT_CONNECT: self.init(.connect, text)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            self.init(.tls, text)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
            self.init(.closed, text)
        case CURLE_WRITE_ERROR: self.init(.tooLarge, "its answer is longer than 64 kb")
        default: self.init(.other, text)
        }
    }
}
