import CMicrohttpd
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Serves routes over HTTP/1.1, on a thread of its own, to connections that others have accepted.
///
/// It listens nowhere: the admin port carries RESP as well, so whoever accepts looks at the first bytes
/// without taking them and hands HTTP connections to `add`. GET and HEAD only; nothing is ever changed over
/// HTTP.
@safe public final class HTTPServer: Sendable {
    public struct Limits: Sendable {
        public var connections: UInt32
        /// After which a silent connection is closed.
        public var idleSeconds: UInt32
        /// Memory for a connection's request line and headers; more is refused with 413, 414 or 431.
        public var requestBytes: Int

        public init(connections: UInt32 = 64, idleSeconds: UInt32 = 10, requestBytes: Int = 16 * 1024) {
            self.connections = connections
            self.idleSeconds = idleSeconds
            self.requestBytes = requestBytes
        }
    }

    /// The HTTP thread could not be started.
    public struct StartError: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private final class Context: Sendable {
        let router: HTTPRouter
        /// Connections handed over and not yet closed.
        let connections = Atomic<Int>(0)
        init(_ router: HTTPRouter) { self.router = router }
    }

    private nonisolated(unsafe) let daemon: OpaquePointer
    private let context: Unmanaged<Context>
    private let connectionLimit: Int
    private let isRunning = Mutex(true)
    /// Kept free in libmicrohttpd's own limit: past that it was seen to leave the connections it has
    /// unserved.
    private static let spareConnections: UInt32 = 16

    /// Starts the thread.
    ///
    /// - Parameter hosts: names that `Host` may carry besides `localhost` and numeric addresses.
    public init(routes: [Route], hosts: [String] = [], limits: Limits = Limits()) throws(StartError) {
        unsafe context = .passRetained(Context(HTTPRouter(routes: routes, hosts: hosts)))
        let started = unsafe freshet_http_start(
            HTTPServer.answer, HTTPServer.notice, context.toOpaque(),
            limits.connections + Self.spareConnections,
            limits.idleSeconds, limits.requestBytes)
        connectionLimit = Int(limits.connections)
        guard let started = unsafe started else {
            unsafe context.release()
            throw StartError(description: "cannot start the admin HTTP thread: error \(errno)")
        }
        unsafe daemon = started
    }

    deinit { stop() }

    /// Takes over a connected socket whose next bytes are an HTTP request, and closes it in the end.
    ///
    /// False when there are too many connections or the server was stopped; the socket is closed then as
    /// well.
    @discardableResult
    public func add(descriptor: Int32) -> Bool {
        isRunning.withLock { isRunning in
            guard isRunning else {
                _ = close(descriptor)
                return false
            }
            let context = unsafe context.takeUnretainedValue()
            guard context.connections.load(ordering: .relaxed) < connectionLimit else {
                _ = close(descriptor)
                return false
            }
            context.connections.wrappingAdd(1, ordering: .relaxed)
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            // No `sockaddr_storage()`: whose initializer that is depends on what the compiler saw first.
            let result = unsafe withUnsafeTemporaryAllocation(of: sockaddr_storage.self, capacity: 1) {
                memory in
                unsafe memory.withMemoryRebound(to: sockaddr.self) { addresses in
                    let address = addresses.baseAddress
                    _ = unsafe getpeername(descriptor, address, &length)
                    return unsafe MHD_add_connection(daemon, descriptor, address, length)
                }
            }
            if result != .YES { context.connections.wrappingSubtract(1, ordering: .relaxed) }
            return result == .YES
        }
    }

    /// Closes every connection and ends the thread. May be called again.
    public func stop() {
        isRunning.withLock { isRunning in
            guard isRunning else { return }
            isRunning = false
            unsafe MHD_stop_daemon(daemon)
            unsafe context.release()
        }
    }

    /// Called when a connection begins and when it is closed.
    private static let notice: MHD_NotifyConnectionCallback = { context, _, _, code in
        guard code == .CONNECTION_NOTIFY_CLOSED, let context = unsafe context else { return }
        let server = unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
        server.connections.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Called once with the headers, again for each part of a body (which is thrown away), and a last time to
    /// answer.
    private static let answer: MHD_AccessHandlerCallback = {
        context, connection, path, method, _, _, uploadSize, state in
        guard let context = unsafe context, let connection = unsafe connection, let path = unsafe path,
            let method = unsafe method, let uploadSize = unsafe uploadSize, let state = unsafe state
        else { return .NO }
        let router = unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue().router
        let exchange = unsafe HTTPExchange(connection)
        let verb = unsafe String(cString: method)
        if unsafe state.pointee == nil {
            unsafe state.pointee = context
            return router.refusal(method: verb, host: exchange.host).map(exchange.send) ?? .YES
        }
        if unsafe uploadSize.pointee > 0 {
            unsafe uploadSize.pointee = 0
            return .YES
        }
        let request = unsafe HTTPRequest(method: verb, path: String(cString: path), query: exchange.query)
        return exchange.send(router.respond(to: request))
    }
}
