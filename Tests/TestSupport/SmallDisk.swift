#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A disk of a few hundred kilobytes, which a test can fill and make read-only.
public final class SmallDisk: Sendable {
    /// Whether this user may mount one.
    public static let canMount: Bool = {
        guard geteuid() == 0 else { return false }
        return (try? SmallDisk(kilobytes: 64)) != nil
    }()

    private let directory: TemporaryDirectory
    public var path: String { directory.path + "/disk" }

    public init(kilobytes: Int) throws {
        directory = try TemporaryDirectory()
        try Self.run(["mkdir", directory.path + "/disk"])
        // However this process ends, nothing stays mounted.
        Undertaker.shared.adopt(mount: directory.path + "/disk")
        try Self.run(["mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", directory.path + "/disk"])
    }

    deinit { _ = try? ChildProcess.run(["umount", "--lazy", path]) }

    /// Takes all room that is left.
    public func fill() throws {
        // It fails when no room is left: that is what it is for.
        _ = try ChildProcess.run(["dd", "if=/dev/zero", "of=\(path)/filler", "bs=1k"])
    }

    public func makeRoom() throws { try Self.run(["rm", "-f", path + "/filler"]) }

    public func setReadOnly(_ isReadOnly: Bool) throws {
        try Self.run(["mount", "-o", "remount,\(isReadOnly ? "ro" : "rw")", path])
    }

    private static func run(_ arguments: [String]) throws {
        let (exit, output) = try ChildProcess.run(arguments)
        guard exit == .code(0) else { throw SupportError("\(arguments.joined(separator: " ")): \(output)") }
    }
}
