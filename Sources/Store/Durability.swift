/// How soon what is written must be on the disk itself; the words are those of Redis's `appendfsync`.
public enum Durability: String, Sendable, CaseIterable {
    /// Before anybody is told that it is accepted.
    case always
    /// Within about a second. A killed process loses nothing, a machine without power that second.
    case everySecond = "everysec"
    /// When the kernel pleases.
    case never = "no"
}
