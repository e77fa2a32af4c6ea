import CUV

#if canImport(Glibc)
    import Glibc
#endif

/// The C library's heap, of which libuv's handles and all buffers are made.
public enum HeapMemory {
    /// So much may lie free between what is used: less than a burst takes, more than traffic moves.
    private static let most = 16 << 20

    /// Gives free memory back to the system where a burst has left much of it; asked from time to time.
    public static func trimIfLoose() {
        #if canImport(Glibc)
            let heap = mallinfo2()
            if heap.fordblks > most { trim() }
        #endif
    }

    /// Gives memory that is free in the heap back to the system, from all threads' parts of it.
    ///
    /// Takes milliseconds: nothing for the data path. A C library that cannot do it does nothing.
    public static func trim() {
        #if canImport(Glibc)
            _ = malloc_trim(0)
        #endif
    }
}
