#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An empty file of the state directory that says yes by being there.
///
/// Known at once when a process starts, before the store is open.
public struct StateMark: Sendable {
    private let path: String

    public init(directory: String, name: String) { path = directory + "/" + name }

    public var isSet: Bool { SetAside.exists(path) }

    /// Makes or removes the file; a disk that does not let it is left alone.
    public func set(_ isSet: Bool) {
        guard isSet else {
            unsafe unlink(path)
            return
        }
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }
}
