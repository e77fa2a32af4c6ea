import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One name look-up in progress.
@safe final class Resolution {
    private let request = unsafe allocateHandle(uv_getaddrinfo_t.self)
    private var done: (([SocketAddress], String?) -> Void)?
    private let host: String
    private let port: Int
    private unowned(unsafe) let loop: EventLoop

    init(host: String, port: Int, loop: EventLoop, done: @escaping ([SocketAddress], String?) -> Void) {
        self.host = host
        self.port = port
        unsafe self.loop = loop
        self.done = done
    }

    /// Starts the look-up; libuv holds a reference until it is over.
    func start() {
        var hints = unsafe addrinfo()
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        unsafe request.pointee.data = Unmanaged.passRetained(self).toOpaque()
        unsafe loop.resolutions[ObjectIdentifier(self)] = self
        let code = unsafe uv_getaddrinfo(
            loop.loop, request,
            { request, status, list in
                let resolution = unsafe Unmanaged<Resolution>.fromOpaque(request!.pointee.data)
                    .takeRetainedValue()
                unsafe resolution.finish(status, list)
            }, host, nil, &hints)
        if code != 0 {
            unsafe Unmanaged.passUnretained(self).release()
            unsafe loop.atTickEnd { unsafe self.finish(code, nil) }
        }
    }

    /// Fails now because the loop ends; the resolver's own end is then ignored.
    func abandon() {
        unsafe _ = request.withMemoryRebound(to: uv_req_t.self, capacity: 1) { unsafe uv_cancel($0) }
        complete([], StreamError.loopStopped.context)
    }

    private func finish(_ status: Int32, _ list: UnsafeMutablePointer<addrinfo>?) {
        let addresses = unsafe Self.addresses(list, port: port)
        if let list = unsafe list { unsafe uv_freeaddrinfo(list) }
        unsafe free(request)
        let reason = unsafe status == 0 ? "it has no address" : String(cString: uv_strerror(status))
        complete(addresses, addresses.isEmpty ? "cannot resolve '\(host)': \(reason)" : nil)
    }

    private func complete(_ addresses: [SocketAddress], _ error: String?) {
        guard let done else { return }
        self.done = nil
        unsafe loop.resolutions[ObjectIdentifier(self)] = nil
        done(addresses, error)
    }

    private static func addresses(_ list: UnsafeMutablePointer<addrinfo>?, port: Int) -> [SocketAddress] {
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            var memory = sockaddr_storage()
            let count = unsafe min(Int(entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
            unsafe memcpy(&memory, entry.pointee.ai_addr, count)
            if let address = SocketAddress(memory, count: socklen_t(count))?.replacing(port: port),
                !found.contains(address)
            {
                found.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }
}

extension SocketAddress {
    func replacing(port: Int) -> SocketAddress? {
        guard let port = UInt16(exactly: port) else { return nil }
        switch storage {
        case .v4(let address, _): return SocketAddress(storage: .v4(address, port: port))
        case .v6(let high, let low, let scope, _):
            return SocketAddress(storage: .v6(high, low, scope: scope, port: port))
        case .unix: return self
        }
    }
}

extension EventLoop {
    /// Finds the addresses of `host` without blocking the loop, in the system's order of preference.
    ///
    /// `done` is called once, never from inside this call: with addresses, or with none and the reason. A
    /// numeric host needs no resolver.
    public func resolve(host: String, port: Int, _ done: @escaping ([SocketAddress], String?) -> Void) {
        guard isAccepting else { return atTickEnd { done([], StreamError.loopStopped.context) } }
        if let address = SocketAddress.tcp(host, port: port) { return atTickEnd { done([address], nil) } }
        Resolution(host: host, port: port, loop: self, done: done).start()
    }
}
