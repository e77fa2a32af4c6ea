#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What signals mean to the process.
public enum Signals {
    /// Drains, and stops at once when it comes again; so does `interrupt`.
    static let terminate = SIGTERM
    static let interrupt = SIGINT
    /// Reads the configuration again.
    static let hangUp = SIGHUP
    /// Opens the audit file again.
    static let reopen = SIGUSR1
    /// Writes what the process is doing to the log.
    static let dump = SIGQUIT

    /// Nobody asks Freshet for anything with these, and their default is to end the process.
    private static let ignored: [Int32] =
        [SIGPIPE, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXFSZ]
        + Array(34...64)

    /// Called first of all: signals that nobody asks for are ignored, and those that mean something wait
    /// until `release()`, since their default is to end the process.
    ///
    /// SIGTERM and SIGINT keep that meaning until then. A write beyond a limit of file sizes (SIGXFSZ) fails
    /// like one to a full disk.
    public static func hold() {
        for number in ignored { _ = signal(number, SIG_IGN) }
        var waiting = sigset_t()
        unsafe sigemptyset(&waiting)
        for number in [hangUp, reopen, dump] { unsafe sigaddset(&waiting, number) }
        unsafe pthread_sigmask(SIG_SETMASK, &waiting, nil)
    }

    /// Lets every signal through, those that have waited first: there is somebody now who hears them. A
    /// parent may have started the process with some of them blocked.
    static func release() {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    /// Gives SIGTERM and SIGINT their default: whoever sends one more does not wait.
    static func endAtOnce() {
        for number in [terminate, interrupt] { _ = signal(number, SIG_DFL) }
    }
}
