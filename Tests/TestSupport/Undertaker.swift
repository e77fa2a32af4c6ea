#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Ends what this test process leaves behind: servers when it crashes, and those that live as long as it
/// does.
///
/// A shell reads process ids, mounts and directories from a pipe. The pipe closes with this process however
/// it dies; the shell then kills every process not forgotten since, unmounts, and removes the directories.
final class Undertaker: Sendable {
    static let shared = Undertaker()

    private let writeEnd: Int32

    private static let script = """
        trap '' INT TERM HUP
        while read -r what value; do
          case $what in
            adopt) pids="$pids $value " ;;
            forget) pids=$(printf %s "$pids" | sed "s/ $value / /") ;;
            directory) directories="$directories $value" ;;
            mount) mounts="$mounts $value" ;;
          esac
        done
        for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
        for mount in $mounts; do umount --lazy "$mount" 2>/dev/null; done
        for directory in $directories; do rm -rf "$directory"; done
        """

    private init() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { preconditionFailure("a test cannot open a pipe") }
        writeEnd = ends[1]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let shell = ["/bin/sh", "-c", Self.script]
        let started = try? Spawn.start(shell, standardInput: ends[0], outputPath: "/dev/null")
        close(ends[0])
        precondition(started != nil, "a test cannot start /bin/sh")
    }

    func adopt(process: pid_t) { tell("adopt \(process)\n") }

    func forget(process: pid_t) { tell("forget \(process)\n") }

    func adopt(mount: String) { tell("mount \(mount)\n") }

    func adopt(directory: String) { tell("directory \(directory)\n") }

    private func tell(_ line: String) {
        let bytes = Array(line.utf8)
        _ = unsafe write(writeEnd, bytes, bytes.count)
    }
}
