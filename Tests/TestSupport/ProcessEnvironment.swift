/// The environment this process was started with.
public enum ProcessEnvironment {
    /// Every `NAME=value`, read once.
    static let entries: [String] = {
        let bytes = (try? FileSystem.read("/proc/self/environ")) ?? []
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }()

    public static subscript(name: String) -> String? {
        entries.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
    }
}
