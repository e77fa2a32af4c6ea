import Naming

extension Configuration {
    /// The directives that changed since `running` and take effect only after a restart, in the order of the
    /// manual.
    public func reloadDifferences(from running: Configuration) -> [String] {
        changed(from: running).filter { !$0.isReloadable }.map(\.name)
    }

    /// This configuration as a running proxy can adopt it: what needs a restart stays as it is in `running`.
    ///
    /// A new separator changes what every convention means, so with it the running conventions stay too.
    public func adopted(by running: Configuration) -> Configuration {
        var settings = settings
        var origins = origins
        for directive in changed(from: running) where !directive.isReloadable {
            directive.binding?.copy(running.settings, &settings)
            origins[directive.name] = running.origins[directive.name]
        }
        let keepsConventions = self.settings.separator != running.settings.separator
        return Configuration(
            settings: settings, conventions: keepsConventions ? running.conventions : conventions,
            diagnostics: diagnostics, origins: origins,
            conventionLines: keepsConventions ? running.conventionLines : conventionLines)
    }

    private func changed(from running: Configuration) -> [Directive] {
        Directive.all.filter { directive in
            guard let binding = directive.binding else { return false }
            return !binding.isEqual(settings, running.settings)
        }
    }
}
