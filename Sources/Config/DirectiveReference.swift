/// The reference of proxy.conf, written from the directive table.
public enum DirectiveReference {
    /// The whole of docs/proxy.conf.md.
    public static func markdown() -> String {
        var text = introduction
        for section in Directive.Section.allCases {
            text += "\n## \(section.rawValue)\n"
            for directive in Directive.all where directive.section == section { text += entry(directive) }
        }
        return text
    }

    private static func entry(_ directive: Directive) -> String {
        var text = "\n### \(directive.name)\n\n"
        text += "- Syntax: `\(directive.usage)`\(repetition(directive.kind))\n"
        if let defaultText = directive.defaultText { text += "- Default: `\(defaultText)`\n" }
        if let unit = directive.unit { text += "- Unit: \(meaning(of: unit))\n" }
        text += "- Reloadable: \(directive.isReloadable ? "yes" : "no, needs a restart")\n"
        return text + "\n\(directive.help)\n\n```\n\(directive.example)\n```\n"
    }

    private static func repetition(_ kind: Directive.Kind) -> String {
        switch kind {
        case .scalar: ""
        case .list, .convention, .include: ", may be repeated"
        }
    }

    private static func meaning(of unit: String) -> String {
        switch unit {
        case "bytes": "bytes; `1k` is 1000, `1kb` 1024, likewise `m`, `mb`, `g`, `gb`"
        case "duration": "`ms`, `s`, `m`, `h` or `d`, always written"
        default: unit
        }
    }

    private static let introduction = """
        # proxy.conf

        Written by `freshet` from its table of directives; do not edit.

        One directive a line: `name argument argument`. Words are separated by spaces; `"..."` knows `\\n`,
        `\\r`, `\\t`, `\\"`, `\\\\` and `\\xHH`, `'...'` only `\\'`. `#` begins a comment where a word could
        begin. `${VAR}` and `${VAR:-default}` are replaced by environment variables, except in single quotes.
        When a directive is given twice, the last one wins, unless it may be repeated.

        The command line wins over the environment, the environment over the file, the file over the default:
        every directive can be given as `--name argument` and every setting as a variable, `FRESHET_LOG_LEVEL`
        for `log-level`. `freshet check` reads a file and reports everything that is wrong in it; `freshet
        config show` prints what is in force and where it came from.

        """
}
