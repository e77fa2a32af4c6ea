import Bytes
public import Config
public import Invalidation
import Naming

extension RuleBook {
    /// The book after a change, beside the rules of `configuration`.
    public func changed(
        by change: RuleService.Change, beside configuration: Configuration
    ) throws(RuleBook.Refusal) -> RuleBook {
        switch change {
        case .set(let words):
            let next = try setting(words)
            let name = words.first?.text ?? ""
            if let refusal = configuration.refusal(of: name, in: next) { throw refusal }
            return next
        case .delete(let name):
            if configuration.definesRule(name) {
                throw RuleBook.Refusal("rule '\(name)' is defined in proxy.conf: delete it there and reload")
            }
            if paused.contains(name) {
                throw RuleBook.Refusal("rule '\(name)' is paused: resume it first, with DRAIN or DISCARD")
            }
            return try deleting(name)
        case .pause(let name):
            guard configuration.conventions.rule(named: name) != nil else {
                throw RuleBook.Refusal("there is no rule '\(name)'; see FRESHET RULE LIST")
            }
            return pausing(name, true)
        case .resume(let name, _):
            guard paused.contains(name) else {
                throw RuleBook.Refusal("rule '\(name)' is not paused")
            }
            return pausing(name, false)
        }
    }
}
