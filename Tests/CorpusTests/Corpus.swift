import FuzzProperties
import TestSupport

/// The inputs that the repository keeps for a target, one a file: written by hand, or found by the fuzzer.
struct Corpus {
    let target: FuzzTarget
    let files: [(name: String, bytes: [UInt8])]

    init(_ target: FuzzTarget) throws {
        self.target = target
        let folder = RepositoryRoot.file("Tests/Corpus/\(target.rawValue)")
        files = try FileSystem.names(in: folder).map { ($0, try FileSystem.read("\(folder)/\($0)")) }
    }
}
