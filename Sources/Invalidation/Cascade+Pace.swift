import EventLoop
import Relay

/// How fast keys may go.
extension Cascade {
    /// How far a limit of keys must be for pages to be removed without looking at it.
    private static let roomToHurry = 20_000

    /// How many keys may be removed now, at most `wanted`; when none may, the pump is started again later.
    func allowance(_ wanted: Int) -> Int {
        var granted = wanted
        if limits.spreadMilliseconds > 0 {
            granted = min(granted, spread.allowance(progress))
            if granted == 0 { wake(afterMilliseconds: spread.wait(progress)) }
        }
        guard let pace, granted > 0 else { return granted }
        begin(pace)
        granted = pace.grant(granted)
        if granted == 0 { pace.whenGranted { [self] in pump() } }
        return granted
    }

    /// Whether keys may be removed as fast as Redis can, whoever waits for it meanwhile.
    var mayHurry: Bool {
        guard let pace, manner == .remove, limits.spreadMilliseconds == 0, room > Self.roomToHurry else {
            return false
        }
        begin(pace)
        return pace.isUnbounded
    }

    private func begin(_ pace: DrainPace) {
        guard !isPaced else { return }
        isPaced = true
        pace.begin()
    }

    /// Tells how many keys a command has removed of those that were granted to it.
    func used(_ count: Int, of granted: Int) { pace?.settle(used: count, granted: granted) }

    /// Tells how many commands Redis has been sent.
    func sent(_ commands: Int) { pace?.sent(commands) }
}
