#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Standard error, the environment and the exit codes of the command line.
enum Terminal {
    /// `EX_CONFIG` of sysexits.h: the configuration was not accepted.
    static let badConfiguration: Int32 = 78

    /// Writes to standard error: standard output is for results.
    static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe write(2, bytes, bytes.count)
    }

    static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let parts = unsafe String(cString: entry).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            unsafe next += 1
        }
        return variables
    }
}

extension Terminal {
    /// Names and options as a verb takes them: the verb refuses names that look like options, unless whoever
    /// typed the command has written `--` as well.
    static func verbArguments(_ names: [String], options: [String]) -> [String] {
        CommandLine.arguments.contains("--") ? options + ["--"] + names : names + options
    }
}
