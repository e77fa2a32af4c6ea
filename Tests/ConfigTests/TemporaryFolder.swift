#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A folder of files for one test, removed with the object.
final class TemporaryFolder {
    let path: String
    private var entries: [String] = []

    init() {
        var template = Array("/tmp/freshet-config-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
        precondition(made, "no temporary folder")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for entry in entries.reversed() { unsafe remove(entry) }
        unsafe rmdir(path)
    }

    /// Writes a file and returns its path; folders in `name` are made.
    @discardableResult
    func write(_ name: String, _ text: String) -> String {
        let parts = name.split(separator: "/")
        var folder = path
        for part in parts.dropLast() {
            folder += "/" + part
            if unsafe mkdir(folder, 0o700) == 0 { entries.append(folder) }
        }
        let file = "\(path)/\(name)"
        guard let handle = unsafe fopen(file, "w") else { preconditionFailure("cannot write \(file)") }
        let bytes = Array(text.utf8)
        _ = unsafe fwrite(bytes, 1, bytes.count, handle)
        unsafe fclose(handle)
        entries.append(file)
        return file
    }
}
