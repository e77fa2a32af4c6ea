import Hiredis
import Bytes
import Relay

/// Knows by which digest Redis calls the scripts, for one loop.
///
/// They are loaded when Redis becomes reachable. A Redis that has lost them answers NOSCRIPT and gets the
/// source again.
final class ScriptCache {
    private var takeDigest: ByteString?

    /// Has Redis load the scripts and remembers the digests it answers with.
    func load(on link: Link) {
        takeDigest = nil
        link.sendOwn(
            ["SCRIPT", "LOAD", IndexScript.take.source],
            OwnReply(mayComeLate: true) { [weak self] result in
                if case .success(let value) = result, case .string(let digest) = value {
                    self?.takeDigest = digest
                }
            })
    }

    /// Runs the script that takes members, by its digest if that is known.
    ///
    /// Where Redis turns out not to know it, the source goes to the link that `next` names then: what `link`
    /// is by that time may belong to somebody else.
    func take(
        _ indexKey: ByteString, arguments: [ByteString], on link: Link, next: @escaping () -> Link,
        _ handler: @escaping OwnReply.Handler
    ) {
        let rest: [ByteString] = ["1", indexKey] + arguments
        let whole: [ByteString] = ["EVAL", IndexScript.take.source] + rest
        guard let takeDigest else { return link.sendOwn(whole, OwnReply(handler)) }
        let retried = OwnReply { [weak self] result in
            guard case .success(.error(let error)) = result, error.hasPrefix("NOSCRIPT") else {
                return handler(result)
            }
            self?.takeDigest = nil
            next().sendOwn(whole, OwnReply(handler))
        }
        link.sendOwn(["EVALSHA", takeDigest] + rest, retried)
    }
}
