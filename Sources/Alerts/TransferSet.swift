internal import CCurl

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Requests that are under way, all on one thread.
@safe final class TransferSet {
    private let handle: OpaquePointer
    private var running: [Transfer] = []

    /// libcurl's own set-up, once for the process.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Nil when libcurl cannot be set up.
    init?() {
        guard Self.isReady, let handle = unsafe curl_multi_init() else { return nil }
        unsafe self.handle = unsafe handle
    }

    deinit {
        for transfer in running { unsafe curl_multi_remove_handle(handle, transfer.handle) }
        unsafe curl_multi_cleanup(handle)
    }

    func start(_ transfer: Transfer) {
        running.append(transfer)
        unsafe curl_multi_add_handle(handle, transfer.handle)
    }

    /// Carries on until something has happened, `wakeUp` was posted, or for so long.
    func wait(milliseconds: Int32, _ wakeUp: WakeUp) {
        unsafe freshet_curl_wait(handle, wakeUp.descriptor, milliseconds)
        wakeUp.clear()
    }

    /// Moves bytes, and returns what has ended with what became of it.
    func finished() -> [(transfer: Transfer, failure: AlertFailure?)] {
        var count: Int32 = 0
        unsafe curl_multi_perform(handle, &count)
        var ended: [(transfer: Transfer, failure: AlertFailure?)] = []
        var code = CURLE_OK
        while let done = unsafe freshet_curl_next_done(handle, &code) {
            unsafe curl_multi_remove_handle(handle, done)
            guard let index = running.firstIndex(where: { unsafe $0.handle == done }) else { continue }
            let transfer = running.remove(at: index)
            ended.append((transfer, transfer.outcome(code)))
        }
        return ended
    }
}
