/// A directive given on the command line: `--listen 127.0.0.1:7000`.
public struct Override: Sendable, Hashable {
    /// Without the dashes.
    public var name: String
    public var arguments: [String]

    public init(name: String, arguments: [String]) {
        self.name = name
        self.arguments = arguments
    }

    /// Splits arguments as redis-server does: each `--name` begins a directive, what follows are its
    /// arguments.
    ///
    /// Returns nil when the first argument is not a `--name`.
    public static func parse(_ arguments: [String]) -> [Override]? {
        var overrides: [Override] = []
        for argument in arguments {
            if argument.hasPrefix("--"), argument.utf8.count > 2 {
                overrides.append(Override(name: String(argument.dropFirst(2)), arguments: []))
            } else if overrides.isEmpty {
                return nil
            } else {
                overrides[overrides.count - 1].arguments.append(argument)
            }
        }
        return overrides
    }
}
