import CUV

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Owns a libuv handle whose `data` points back at the owner, and is told when the loop ends.
///
/// The loop keeps a resident alive from the handle's start until libuv has closed it.
protocol LoopResident: AnyObject {
    /// Closes the handle, and completes with a failure what was promised to be completed.
    func endWithLoop()
}

/// Closes `handle`; its memory and the loop's reference to the owner go once libuv has let go of it.
func closeResident(_ handle: UnsafeMutableRawPointer) {
    unsafe uv_close(handle.assumingMemoryBound(to: uv_handle_t.self)) { handle in
        guard let handle = unsafe handle else { return }
        let owner = unsafe Unmanaged<AnyObject>.fromOpaque(handle.pointee.data)
        unsafe free(UnsafeMutableRawPointer(handle))
        unsafe owner.release()
    }
}

/// Zeroed memory for a handle of type `Handle`, owned by whoever closes it.
func allocateHandle<Handle>(_ type: Handle.Type) -> UnsafeMutablePointer<Handle> {
    guard let memory = unsafe calloc(1, MemoryLayout<Handle>.size) else {
        preconditionFailure("out of memory")
    }
    return unsafe memory.bindMemory(to: type, capacity: 1)
}
