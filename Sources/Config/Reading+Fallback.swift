import Bytes
import Naming

extension Settings {
    /// Whether any link is encrypted.
    public var encryptsLinks: Bool { upstream.isTLS || fallback?.isTLS == true }

    /// Whether applications may come to read the fallback, so that every key they change must be removed
    /// there, whether or not a convention speaks of it.
    public var mirrorsEveryKey: Bool { fallback != nil && failover != .off && mode == .enforce }
}

extension Reading {
    /// Checks what fallback and failover say together.
    mutating func checkFallback() {
        guard let fallback = settings.fallback else { return checkUnusedFailover() }
        checkLoop("fallback", fallback.address)
        if fallback.address == settings.upstream.address, let word = lastWords["fallback"] {
            diagnostics.append(
                .error(
                    "expected another Redis than upstream, but fallback is \(fallback.address) too",
                    at: word.location))
        }
        if settings.failover != .off, settings.mode == .observe, let word = lastWords["failover"] {
            diagnostics.append(
                .warning(
                    "failover has no effect with mode observe: what is not removed from the fallback must "
                        + "not be served from it", at: word.location))
        }
    }

    private mutating func checkUnusedFailover() {
        if settings.failover != .off, let word = lastWords["failover"] {
            diagnostics.append(
                .error(
                    "failover \(settings.failover.rawValue) needs a fallback: name one, or write failover off",
                    at: word.location))
        }
        for name in ["fallback-password-file", "fallback-tls-server-name"] {
            guard let word = lastWords[name], word.text != "off" else { continue }
            diagnostics.append(
                .warning("\(name) has no effect: there is no fallback", at: word.location))
        }
    }
}
