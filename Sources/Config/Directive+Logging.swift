extension Directive {
    static let logging: [Directive] = [
        scalar(
            "log-level", \.logLevel, .choice, in: .logging, reloadable: true,
            help: "The least severe message that is logged, by Redis's names. Key names appear at debug "
                + "only.",
            example: "log-level verbose"),
        scalar(
            "log-format", \.logFormat, .choice, in: .logging, reloadable: false,
            help: "The shape of a line on standard error; auto is text on a terminal and json elsewhere.",
            example: "log-format logfmt"),
    ]
}
