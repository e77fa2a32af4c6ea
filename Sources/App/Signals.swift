#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What signals mean to the process.
enum Signals {
    /// Drains, and stops at once when it comes again; so does `interrupt`.
    static let terminate = SIGTERM
    static let interrupt = SIGINT
    /// Reads the configuration again.
    static let hangUp = SIGHUP
    /// Opens the audit file again.
    static let reopen = SIGUSR1
    /// Writes what the process is doing to the log.
    static let dump = SIGQUIT

    /// Lets every signal through, for a parent may have started the process with some of them blocked; and
    /// ignores SIGPIPE: a reader of the log that went away must not end the proxy.
    static func prepare() {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
