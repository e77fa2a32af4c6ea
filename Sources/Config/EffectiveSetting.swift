/// One row of `config show`.
public struct EffectiveSetting: Sendable, Hashable {
    public let name: String
    /// The arguments in force, secrets as `***`.
    public let value: String
    public let defaultValue: String
    public let origin: SettingOrigin
    public let isReloadable: Bool
}

extension Configuration {
    /// Every setting with its value, default and origin, in the order of the manual; conventions are not
    /// settings.
    public func effective() -> [EffectiveSetting] {
        Directive.all.compactMap { directive in
            guard let binding = directive.binding, let defaultValue = directive.defaultText else {
                return nil
            }
            return EffectiveSetting(
                name: directive.name, value: binding.show(settings, false).joined(separator: " "),
                defaultValue: defaultValue, origin: origins[directive.name] ?? .builtIn,
                isReloadable: directive.isReloadable)
        }
    }

    /// The configuration as lines of one proxy.conf; unless secrets are asked for, passwords are `***`.
    public func effectiveLines(showSecrets: Bool) -> [String] {
        let settingLines = Directive.all.flatMap { directive in
            (directive.binding?.show(settings, showSecrets) ?? []).map { "\(directive.name) \($0)" }
        }
        return settingLines + conventionLines.map(\.text)
    }
}
