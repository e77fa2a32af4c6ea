import TestSupport

/// What the kernel says of a process's memory, in bytes.
struct MemoryUse {
    /// What is resident now.
    let resident: Int
    /// The most that ever was.
    let peak: Int

    /// Looks at the process after its peak was set back to what is resident now.
    static func fromNow(_ proxy: FreshetProcess) throws -> MemoryUse {
        if let identifier = proxy.identifier {
            try FileSystem.write("5", to: "/proc/\(identifier)/clear_refs")
        }
        return try MemoryUse(of: proxy)
    }

    init(of proxy: FreshetProcess) throws {
        guard let identifier = proxy.identifier else { throw SupportError("the proxy does not run") }
        var fields: [Substring: Int] = [:]
        for line in try FileSystem.readText("/proc/\(identifier)/status").split(separator: "\n") {
            let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }
            if words.count >= 2, let value = Int(words[1]) { fields[words[0]] = value * 1024 }
        }
        guard let resident = fields["VmRSS"], let peak = fields["VmHWM"] else {
            throw SupportError("the kernel does not tell how much memory process \(identifier) has")
        }
        self.resident = resident
        self.peak = peak
    }
}
