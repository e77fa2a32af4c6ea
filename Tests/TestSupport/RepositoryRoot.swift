/// Where the repository is, found from where this file was when it was compiled.
public enum RepositoryRoot {
    public static let path: String = {
        var directory = FileSystem.resolved(#filePath)
        while !directory.isEmpty, !FileSystem.exists(directory + "/Package.swift") {
            directory = directory.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        }
        return directory
    }()

    public static func file(_ relative: String) -> String { path + "/" + relative }
}
