#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Which of the sockets that share a port by SO_REUSEPORT gets the next connection.
///
/// The kernel numbers them in the order in which they began to listen, and spreads by a hash unless a filter
/// names a number. A process that is about to go names the first socket of its successor, so that nobody ends
/// in a queue that is about to close. A number that does not exist means the hash again, so without a
/// successor nothing changes.
enum SharedPort {
    // linux/filter.h and asm-generic/socket.h, which Swift does not see.
    private static let attachFilter: Int32 = 51
    private static let detachFilter: Int32 = 68
    private static let returnConstant: UInt16 = 0x06

    private struct Instruction {
        var code: UInt16
        var jumpIfTrue: UInt8 = 0
        var jumpIfFalse: UInt8 = 0
        var constant: UInt32
    }

    @safe private struct Program {
        var count: UInt16
        var instructions: UnsafePointer<Instruction>
    }

    /// Every connection goes to the socket numbered `place`.
    static func divert(_ descriptor: Int32, to place: Int) {
        let instruction = Instruction(code: returnConstant, constant: UInt32(clamping: place))
        unsafe withUnsafePointer(to: instruction) { pointer in
            var program = unsafe Program(count: 1, instructions: pointer)
            _ = unsafe setsockopt(
                descriptor, SOL_SOCKET, attachFilter, &program, socklen_t(MemoryLayout<Program>.size))
        }
    }

    /// Connections are spread over all sockets again, whatever an earlier process had named.
    static func spread(_ descriptor: Int32) { SocketOption.set(descriptor, SOL_SOCKET, detachFilter, 0) }
}
