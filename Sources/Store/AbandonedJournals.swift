#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Finds journals whose owners are dead, and takes them over.
public enum AbandonedJournals {
    /// A journal of a dead process, locked by this one.
    public final class Journal {
        private let segments: [JournalSegment]
        /// Intents that were not done, in the order in which they were noted.
        public private(set) var intents: [[UInt8]] = []
        /// Bytes that should have been intents and cannot be read.
        public private(set) var damagedBytes = 0
        /// Bytes of a last frame that was not written to its end: what it told never left the process.
        public private(set) var tornBytes = 0

        init(_ segments: [JournalSegment]) throws(FileError) {
            self.segments = segments
            var open: [UInt64: [UInt8]] = [:]
            for segment in segments {
                let frames = JournalFrames(try segment.contents())
                damagedBytes += frames.damagedBytes
                tornBytes += frames.tornBytes
                for entry in frames.entries {
                    switch entry {
                    case .intent(let number, let content): open[number] = content
                    case .done(let number): open[number] = nil
                    }
                }
            }
            intents = open.sorted { $0.key < $1.key }.map(\.value)
        }

        /// Removes the files: everything in them is done, or noted elsewhere.
        public func remove() { for segment in segments { segment.remove() } }
    }

    /// Takes over every journal in `directory` whose owner is dead, and returns what could not be read.
    ///
    /// Files of an owner that lives are left alone: the kernel's locks tell.
    public static func adopt(in directory: String) -> (journals: [Journal], problems: [String]) {
        var journals: [Journal] = []
        var problems: [String] = []
        removeDrafts(in: directory)
        for names in groups(in: directory) {
            do throws(FileError) {
                guard let segments = try lock(names, in: directory) else { continue }
                journals.append(try Journal(segments))
            } catch { problems.append(error.description) }
        }
        return (journals, problems)
    }

    private static let draftSeconds = 60

    /// Removes files whose owner was killed while it made them: nothing was noted in them yet.
    private static func removeDrafts(in directory: String) {
        for name in names(in: directory)
        where name.hasSuffix(JournalSegment.draftSuffix)
            && JournalName(String(name.dropLast(JournalSegment.draftSuffix.count))) != nil
        {
            let path = "\(directory)/\(name)"
            var status = stat()
            // One that is being made right now may not be locked yet.
            guard unsafe lstat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec > draftSeconds else {
                continue
            }
            if let draft = try? JournalSegment.adopt(path: path) { draft.remove() }
        }
    }

    /// All files of one journal, or nil where its owner lives.
    private static func lock(
        _ names: [JournalName], in directory: String
    ) throws(FileError) -> [JournalSegment]? {
        var segments: [JournalSegment] = []
        for name in names {
            guard let segment = try JournalSegment.adopt(path: "\(directory)/\(name)") else { return nil }
            segments.append(segment)
        }
        return segments
    }

    private static func groups(in directory: String) -> [[JournalName]] {
        let names = names(in: directory).compactMap { JournalName($0) }
        return Dictionary(grouping: names, by: \.journal).values
            .map { $0.sorted { $0.number < $1.number } }
            .sorted { $0[0].journal < $1[0].journal }
    }

    private static func names(in directory: String) -> [String] {
        guard let folder = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            names.append(name)
        }
        return names
    }
}
