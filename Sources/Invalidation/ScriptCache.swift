import Bytes
import Hiredis
import Relay

/// Knows by which digest Redis calls the scripts, for one loop.
///
/// They are loaded when Redis becomes reachable. A Redis that has lost them answers NOSCRIPT and gets the
/// source again.
final class ScriptCache {
    enum Kind: CaseIterable {
        case seize, drain, soften, given, give, check, mark, sweep, takeBack

        var script: IndexScript {
            switch self {
            case .seize: .seize
            case .drain: .drain
            case .soften: .soften
            case .given: .given
            case .give: .give
            case .check: .check
            case .mark: .mark
            case .sweep: .sweep
            case .takeBack: .takeBack
            }
        }
    }

    let drains: DrainRegistry
    private var digests: [Kind: ByteString] = [:]

    init(drains: DrainRegistry) { self.drains = drains }

    /// Has Redis load the scripts and remembers the digests it answers with.
    func load(on link: Link) {
        digests = [:]
        for kind in Kind.allCases {
            link.sendOwn(
                ["SCRIPT", "LOAD", kind.script.source],
                OwnReply(mayComeLate: true) { [weak self] result in
                    if case .success(.string(let digest)) = result { self?.digests[kind] = digest }
                })
        }
    }

    /// Runs a script, by its digest if that is known.
    ///
    /// Where Redis turns out not to know it, the source goes to the link that `next` names then: what `link`
    /// is by that time may belong to somebody else.
    func run(
        _ kind: Kind, keys: [ByteString], arguments: [ByteString], on link: Link, next: @escaping () -> Link,
        _ handler: @escaping OwnReply.Handler
    ) {
        let rest = [ByteString(String(keys.count))] + keys + arguments
        guard let digest = digests[kind] else {
            return link.sendOwn(["EVAL", kind.script.source] + rest, OwnReply(handler))
        }
        let retried = OwnReply { [weak self] result in
            guard case .success(.error(let error)) = result, error.hasPrefix("NOSCRIPT") else {
                return handler(result)
            }
            self?.digests[kind] = nil
            next().sendOwn(["EVAL", kind.script.source] + rest, OwnReply(handler))
        }
        link.sendOwn(["EVALSHA", digest] + rest, retried)
    }
}
