import TestSupport

/// What the kernel says of a process's memory, in bytes.
struct MemoryUse {
    /// What is resident now.
    let resident: Int
    /// The most that ever was.
    let peak: Int

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
