#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files and directories, without Foundation.
public enum FileSystem {
    public static func read(_ path: String) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SupportError.system("cannot open \(path)", code: errno) }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe readDescriptor(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw SupportError.system("cannot read \(path)", code: errno) }
            if count == 0 { return contents }
            contents += chunk[..<count]
        }
    }

    public static func readText(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    public static func write(_ text: String, to path: String) throws {
        try write(Array(text.utf8), to: path)
    }

    public static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SupportError.system("cannot create \(path)", code: errno) }
        defer { close(descriptor) }
        guard unsafe writeDescriptor(descriptor, bytes, bytes.count) == bytes.count else {
            throw SupportError.system("cannot write \(path)", code: errno)
        }
    }

    public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    public static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// `path` with every symbolic link resolved, or `path` itself when it does not exist.
    public static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory, sorted, without `.` and `..`; none when there is no such directory.
    public static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Every file below a directory, as sorted paths that begin with `path`; hidden directories are left out.
    public static func files(below path: String) -> [String] {
        names(in: path).flatMap { name -> [String] in
            let child = path + "/" + name
            guard isDirectory(child) else { return [child] }
            return name.hasPrefix(".") ? [] : files(below: child)
        }
    }

    static func removeTree(_ path: String) {
        for name in names(in: path) {
            let child = path + "/" + name
            if isDirectory(child) { removeTree(child) } else { unsafe unlink(child) }
        }
        unsafe rmdir(path)
    }
}

/// The system's `read`, which `FileSystem.read` hides.
private func readDescriptor(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    unsafe read(descriptor, buffer, count)
}

/// The system's `write`, which `FileSystem.write` hides.
private func writeDescriptor(_ descriptor: Int32, _ buffer: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe write(descriptor, buffer, count)
}
