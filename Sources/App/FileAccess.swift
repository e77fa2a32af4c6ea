public import Config

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether this user may write where the configuration says that Freshet writes.
public enum FileAccess {
    /// One line for each file or directory that cannot be used, as a warning of the configuration.
    public static func problems(_ configuration: Configuration) -> [String] {
        let settings = configuration.settings
        var problems: [String] = []
        func check(_ directive: String, _ path: String?) {
            guard let path, let problem = problem(path) else { return }
            let origin = configuration.origins[directive].map { "\($0): " } ?? ""
            problems.append("\(origin)warning: \(directive) '\(path)': \(problem)")
        }
        check("audit-file", settings.auditFile)
        check("pid-file", settings.pidFile)
        if let path = settings.stateDir, configuration.origins["state-dir"] != nil,
            let problem = status(path) == nil ? self.problem(path) : directoryProblem(path)
        {
            problems.append(
                "\(configuration.origins["state-dir"].map { "\($0): " } ?? "")warning: state-dir '\(path)': "
                    + problem)
        }
        for case .unix(let path) in settings.listen.map(\.address) { check("listen", path) }
        if case .unix(let path) = settings.admin { check("admin", path) }
        return problems
    }

    /// Why files cannot be made in the directory; nil where they can.
    public static func directoryProblem(_ path: String) -> String? {
        guard let folder = status(path) else { return "there is no such directory; create it" }
        if folder.st_mode & S_IFMT != S_IFDIR { return "expected a directory, found a file" }
        if unsafe access(path, W_OK | X_OK) != 0 {
            return "the directory is not writable\(reason(folder))"
        }
        return nil
    }

    private static func problem(_ path: String) -> String? {
        let directory =
            path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if let file = status(path) {
            if file.st_mode & S_IFMT == S_IFDIR { return "expected a file, found a directory" }
            if unsafe access(path, W_OK) != 0 { return "the file is not writable\(reason(file))" }
        }
        guard let folder = status(directory) else { return "there is no directory '\(directory)'; create it" }
        if folder.st_mode & S_IFMT != S_IFDIR { return "'\(directory)' is not a directory" }
        if unsafe access(directory, W_OK | X_OK) != 0 {
            return "the directory '\(directory)' is not writable\(reason(folder))"
        }
        return nil
    }

    private static func reason(_ status: stat) -> String {
        let code = errno
        let words = unsafe String(cString: strerror(code))
        return " (\(words)): it belongs to user \(status.st_uid) and this is user \(geteuid())"
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }
}
