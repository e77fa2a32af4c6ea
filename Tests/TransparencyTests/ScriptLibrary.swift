/// The scripts of every family of commands.
///
/// Orders that depend on a server's own hash seed are avoided: sets are integers, hashes and zsets are small,
/// and what lists keys finds at most one.
enum ScriptLibrary {
    static let all = data + structures + services + conversations + connections + severalConnections
}
