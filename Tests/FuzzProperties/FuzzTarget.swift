/// A part of the product that reads bytes from outside, with what holds of it.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// What clients send.
    case requests
    /// What Redis sends.
    case replies
    /// proxy.conf.
    case configurations
    /// One request, its arguments separated by single spaces: which keys it names, what it does to them.
    case commands

    public var properties: [Property] {
        switch self {
        case .requests: RequestProperties.all + StreamingProperties.all
        case .replies: ReplyProperties.all + ReplyUseProperties.all
        case .configurations: ConfigurationProperties.all + CascadeProperties.all + RuleProperties.all
        case .commands: CommandProperties.all
        }
    }

    /// The first property that `input` breaks, and how; nil when all hold.
    public func violation(of input: [UInt8]) -> String? {
        for property in properties {
            if let violation = property.violation(of: input) { return violation }
        }
        return nil
    }
}
