import Naming

/// One directive of proxy.conf: how it is written, what it means, and which setting it changes.
public struct Directive: Sendable {
    /// How several lines of one directive combine.
    public enum Kind: Sendable {
        /// The last one wins.
        case scalar
        /// They add up; the first one on the command line replaces the file's.
        case list
        /// They add up, from the file and the command line alike.
        case convention
        /// Read where it stands.
        case include
    }

    /// The heading under which a directive is documented.
    public enum Section: String, CaseIterable, Sendable {
        case network = "Network"
        case fallback = "Fallback"
        case tls = "TLS"
        case connections = "Connections and links"
        case limits = "Limits"
        case invalidation = "Invalidation"
        case queue = "Queue of the engine"
        case durability = "Durability"
        case index = "Index upkeep"
        case audit = "Audit"
        case alerts = "Alerts"
        case logging = "Logging"
        case conventions = "Conventions and rules"
    }

    public let name: String
    public let section: Section
    public let kind: Kind
    /// The arguments as a reader writes them: `COUNT`, `yes|no`.
    public let arguments: String
    /// What the number counts; nil where there is none.
    public let unit: String?
    /// Whether a reload puts a changed value in force.
    public let isReloadable: Bool
    /// One paragraph.
    public let help: String
    /// A line of proxy.conf.
    public let example: String
    /// Nil for conventions and `include`, which set no property.
    let binding: Binding?

    /// The arguments that a fresh `Settings` would be written with; nil where there is no setting.
    public var defaultText: String? { binding?.show(Settings(), false).joined(separator: " ") }

    /// Name and arguments.
    public var usage: String { "\(name) \(arguments)" }

    /// Every directive, in the order of the manual.
    public static let all: [Directive] =
        network + fallbackAndFailover + tls + connectionsAndLinks + limits + invalidation + drain + queue
        + durability + indexUpkeep + audit + alerts + logging + conventions

    /// The directive called `name`, in any case.
    public static func named(_ name: String) -> Directive? { byName[name.lowercased()] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

extension Directive {
    /// What connects a directive to its property of `Settings`.
    struct Binding: Sendable {
        let arity: ClosedRange<Int>
        let set: @Sendable (inout Settings, [Word]) throws(Diagnostic) -> Void
        /// The arguments of each line that would set it again; the flag asks for secrets.
        let show: @Sendable (Settings, Bool) -> [String]
        let isEqual: @Sendable (Settings, Settings) -> Bool
        let copy: @Sendable (Settings, inout Settings) -> Void
        /// Empties a list before its first line; nil for scalars.
        let clear: (@Sendable (inout Settings) -> Void)?
    }

    typealias Path<Value> = WritableKeyPath<Settings, Value> & Sendable

    static func scalar<Value: Sendable & Equatable>(
        _ name: String, _ path: any Path<Value>, _ parameter: Parameter<Value>, in section: Section,
        unit: String? = nil, reloadable: Bool, help: String, example: String
    ) -> Directive {
        let binding = Binding(
            arity: 1...1,
            set: { settings, words throws(Diagnostic) in
                settings[keyPath: path] = try parameter.parse(words[0])
            },
            show: { settings, _ in [parameter.show(settings[keyPath: path])] },
            isEqual: { $0[keyPath: path] == $1[keyPath: path] },
            copy: { $1[keyPath: path] = $0[keyPath: path] },
            clear: nil)
        return Directive(
            name: name, section: section, kind: .scalar, arguments: parameter.syntax,
            unit: unit ?? parameter.unit, isReloadable: reloadable, help: help, example: example,
            binding: binding)
    }

    static func convention(
        _ name: String, arguments: String, help: String, example: String
    ) -> Directive {
        Directive(
            name: name, section: .conventions, kind: .convention, arguments: arguments, unit: nil,
            isReloadable: true, help: help, example: example, binding: nil)
    }
}
