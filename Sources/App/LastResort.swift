import Logging
import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Ends the process whatever its threads wait for, once somebody has asked twice.
///
/// A disk may keep a write for ever. What an orderly end would have written is lost then, as after a crash,
/// and the next process finds it as it would after one.
enum LastResort {
    /// How long an end that was asked for twice may take.
    private static let seconds: UInt32 = 8
    private static let isArmed = Atomic(false)

    static func arm(_ log: Logger) {
        guard !isArmed.exchange(true, ordering: .relaxed) else { return }
        BackgroundThread.start {
            sleep(seconds)
            log.error(
                "the process ends although it has not written everything: something keeps it waiting",
                metadata: ["seconds": "\(seconds)"])
            _exit(1)
        }
    }
}
