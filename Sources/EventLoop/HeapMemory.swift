import CUV

/// The C library's heap, of which libuv's handles and all buffers are made.
public enum HeapMemory {
    /// Gives memory that is free in the heap back to the system, from all threads' parts of it.
    ///
    /// Takes milliseconds: nothing for the data path. A C library that cannot do it does nothing.
    public static func trim() {
        #if canImport(Glibc)
            _ = malloc_trim(0)
        #endif
    }
}
