public import Config
public import Store

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where the process keeps what must survive it.
struct StateDirectory: Sendable {
    /// Nil where everything is kept in memory.
    let path: String?
    /// Why a default directory is not used.
    let problem: String?

    /// Looks at the configured directory, and makes it where only its last part is missing.
    ///
    /// Throws when a directory that somebody asked for cannot be used. A default that is not there is a
    /// machine that was not set up for it.
    init(_ configuration: Configuration) throws {
        guard let path = configuration.settings.stateDir else {
            self.path = nil
            problem = nil
            return
        }
        let isConfigured = configuration.origins["state-dir"] != nil
        let code = isConfigured ? Self.make(path) : 0
        guard let found = FileAccess.directoryProblem(path), !Self.isOfDisk(code) else {
            self.path = path
            problem = nil
            return
        }
        guard !isConfigured else { throw StartError("state-dir '\(path)': \(found)") }
        self.path = nil
        problem = "'\(path)': \(found)"
    }

    /// Makes the directory where it is missing, and returns what keeps it from being written; 0 where nothing
    /// does.
    private static func make(_ path: String) -> Int32 {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { return errno }
        return unsafe access(path, W_OK | X_OK) == 0 ? 0 : errno
    }

    /// Whether the disk is full, read-only or failing, which may pass: whoever writes there tells, and tries
    /// again.
    private static func isOfDisk(_ code: Int32) -> Bool { [ENOSPC, EDQUOT, EROFS, EIO].contains(code) }

    /// Bytes that are free on the directory's disk; nil where that cannot be told.
    static func freeBytes(_ path: String) -> Double? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        return Double(status.f_bavail) * Double(status.f_frsize)
    }
}

extension Durability {
    /// The level that a directive names.
    public init(_ setting: Settings.CascadeDurability) {
        self =
            switch setting {
            case .always: .always
            case .everySecond: .everySecond
            case .no: .never
            }
    }
}
