@testable import Config

/// A file of the repository, found from this file's own place.
struct RepositoryFile {
    let path: String
    let text: String

    init(_ name: String, file: String = #filePath) throws {
        let folders = file.split(separator: "/").dropLast(3)
        path = "/" + (folders + [Substring(name)]).joined(separator: "/")
        text = String(decoding: try FileContent(path: path, limit: 1 << 20).bytes, as: UTF8.self)
    }
}
