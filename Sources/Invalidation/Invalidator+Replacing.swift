public import Bytes
import Config
public import Relay

/// Databases that are emptied or exchanged.
extension Invalidator {
    public func willReplace(_ databases: [Int]?, command: ByteString, actor: Actor) -> AnyObject? {
        guard notes != nil, let intents, worker.settings.mode == .enforce else { return nil }
        return intents.note(replacing: databases, at: side, command, actor).map {
            HeldIntent($0, intents)
        }
    }

    public func replaced(_ databases: [Int]?, _ note: AnyObject?) {
        notes?.replaced(databases, at: side)
        if let held = note as? HeldIntent { notes?.hold(held.ticket) }
    }
}
