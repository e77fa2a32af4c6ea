#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
import TestSupport

/// The clock on the wall of one or more proxies, which a test can set while they run.
///
/// The clock that only goes forward is the real one, and Redis has the real time.
final class FakeClock {
    /// 2026-03-01 00:00 UTC, a Sunday.
    private static let firstDay = 1_772_323_200

    /// Compiled once for all tests of this run.
    private static let library: Result<(TemporaryDirectory, String), SupportError> = {
        do {
            let directory = try TemporaryDirectory()
            let path = directory.path + "/fake_clock.so"
            let (exit, output) = try ChildProcess.run([
                "sh", "-c", "$(command -v clang || command -v cc) -O1 -shared -fPIC -o \"$0\" \"$1\"", path,
                RepositoryRoot.file("Tests/FakeClock/fake_clock.c"),
            ])
            guard exit == .code(0) else { throw SupportError("the fake clock was not compiled: \(output)") }
            return .success((directory, path))
        } catch {
            return .failure(SupportError("\(error)"))
        }
    }()

    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/clock" }

    init(_ time: String, day: Int = 1) throws {
        directory = try TemporaryDirectory()
        try FileSystem.write([UInt8](repeating: 0, count: 8), to: path)
        try set(time, day: day)
    }

    /// Sets the clock to a time such as `02:59:57` of a day of March 2026, from where it goes on.
    func set(_ time: String, day: Int = 1) throws {
        let parts = time.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 3 else { throw SupportError("'\(time)' is no time") }
        let moment = Self.firstDay + (day - 1) * 86400 + parts[0] * 3600 + parts[1] * 60 + parts[2]
        var offset = Int64(moment - Self.now())
        // Written in place and at once, for processes have the file's memory.
        let file = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SupportError("cannot open \(path)") }
        defer { close(file) }
        guard unsafe pwrite(file, &offset, 8, 0) == 8 else { throw SupportError("cannot write \(path)") }
    }

    private static func now() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec
    }

    /// What makes a process go by this clock.
    func environment() throws -> [String] {
        ["LD_PRELOAD=\(try Self.library.get().1)", "FAKE_CLOCK=\(path)"]
    }
}
