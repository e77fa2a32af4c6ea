#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import Synchronization

/// `posix_spawn` for tests.
enum Spawn {
    private static let starting = Mutex<Void>(())

    /// Opens descriptors while no process is being started, which would have them for good if they are not
    /// yet marked to close on exec.
    static func betweenStarts<Result: Sendable>(_ body: () -> Result) -> Result {
        starting.withLock { _ in body() }
    }

    /// Waits for processes being started: until they run their program they have copies of descriptors that
    /// were closed here meanwhile.
    static func waitForStarts() { betweenStarts {} }

    /// Starts `arguments[0]` (looked up in PATH), both outputs appended to `outputPath`, and returns its
    /// process id.
    static func start(
        _ arguments: [String], environment: [String] = [], standardInput: Int32? = nil, outputPath: String
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let standardInput {
            unsafe posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let variables =
            environment
            + ProcessEnvironment.entries.filter { entry in
                !environment.contains { $0.prefix { $0 != "=" } == entry.prefix { $0 != "=" } }
            }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Threads of a pool block signals, and a child inherits what its parent's thread blocks.
        var noSignals = sigset_t()
        unsafe sigemptyset(&noSignals)
        unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process: pid_t = 0
        let code = betweenStarts {
            unsafe withCStrings(arguments) { arguments in
                unsafe withCStrings(variables) { variables in
                    unsafe posix_spawnp(&process, arguments[0]!, &actions, &attributes, arguments, variables)
                }
            }
        }
        guard code == 0 else { throw SupportError.system("cannot start \(arguments[0])", code: code) }
        return process
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
    }
}
