public import Audit
public import Bytes
public import Config

/// Changes rules while the proxy runs: for all loops at once, and lasting where there is a state directory.
///
/// Called on the engine's loop, and answers there.
public struct RuleService {
    /// What is to be changed.
    public enum Change: Sendable {
        /// Adds the rule of these words, `NAME on PATTERN ...`, or puts it in the place of its namesake.
        case set([ByteString])
        case delete(String)
        case pause(String)
        /// Lets a paused rule go on.
        case resume(String, Engine.Release)
    }

    /// What was done, in words that an operator should read; nil when there is nothing to say.
    public typealias Outcome = Result<String?, RuleBook.Refusal>

    /// Carries out a change; `done` is called once every loop follows it.
    public let change: (_ change: Change, _ actor: AuditActor?, _ done: @escaping (Outcome) -> Void) -> Void
    /// The rules set at run time, and what is paused.
    public let book: () -> RuleBook
    /// Why a change would be refused; nil when it would not.
    public let refusal: (_ change: Change) -> String?

    public init(
        change: @escaping (Change, AuditActor?, @escaping (Outcome) -> Void) -> Void,
        book: @escaping () -> RuleBook, refusal: @escaping (Change) -> String? = { _ in nil }
    ) {
        self.change = change
        self.book = book
        self.refusal = refusal
    }
}
