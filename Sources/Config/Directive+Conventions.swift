extension Directive {
    static let conventions: [Directive] = [
        scalar(
            "separator", \.separator, .separator, in: .conventions, reloadable: false,
            help: "The character between the segments of a key name, for every pattern in every file.",
            example: "separator \".\""),
        scalar(
            "cycles", \.cycles, .choice, in: .conventions, reloadable: true,
            help: "Whether conventions whose dependencies form a circle are refused at load, with the "
                + "path, or accepted with a warning. A cascade visits each key once in either case.",
            example: "cycles allow"),
        scalar(
            "allow-broad", \.allowBroad, .yesOrNo, in: .conventions, reloadable: true,
            help: "Whether a target that would match every key, such as pattern:**, is accepted.",
            example: "allow-broad yes"),
        convention(
            "tag", arguments: "PATTERN TAG...",
            help: "What keys belong to, read off their names. In a pattern, {x} captures one segment or a "
                + "part of one, * stands for one unnamed, a last ** for the rest; tags use the captures "
                + "and are hierarchical by /: invalidating pages invalidates pages/en.",
            example: "tag page:{lang}:product:{id} product:{id} pages/{lang}"),
        convention(
            "depend", arguments: "PATTERN on SOURCE...",
            help: "What keys are built from: when a source is mutated, the keys matching the pattern with "
                + "the same captures are stale. If the source's name tells the dependent's, nothing is "
                + "recorded.",
            example: "depend cart:{user}:total on cart:{user}:items"),
        convention(
            "rule", arguments: "NAME on PATTERN invalidate TARGET...",
            help: "What else a mutation invalidates. A target is a key built from the captures, tag:TAG "
                + "or pattern:PATTERN. The clauses after, softly, when and unless are reserved and "
                + "refused in this version.",
            example: "rule price-drop on product:{id}:price invalidate tag:category/{id} pattern:search:**"),
        convention(
            "schedule",
            arguments: "NAME CRON [zone ZONE] [catch-up once|skip|all [within DURATION]] "
                + "[jitter DURATION] [db N] invalidate TARGET... [softly DURATION] [over DURATION]",
            help: "What is invalidated at fixed times, once however many proxies share a Redis. CRON has "
                + "cron's five fields (minute, hour, day of month, month, day of week) or is one of "
                + "@hourly, @daily, @weekly, @monthly, @yearly; times are UTC's unless a zone is named. "
                + "Where daylight saving skips a fixed time the run is right after the gap, where it "
                + "repeats one there is one run. Times missed while no proxy or no Redis was there are "
                + "made up for by one run (once), left out (skip), or run each (all), if they are not "
                + "older than 30d or what within says. A run begins up to jitter later, softly lets keys "
                + "expire within a time instead of removing them, over spreads the run.",
            example: "schedule nightly \"0 3 * * *\" zone Europe/Berlin invalidate tag:catalog"),
        convention(
            "protect", arguments: "PATTERN...",
            help: "Keys that nothing invalidates, whatever the other lines say.",
            example: "protect session:** lock:**"),
    ]
}
