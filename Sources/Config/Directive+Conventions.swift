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
            "rule",
            arguments: "NAME on PATTERN invalidate TARGET... [after D|debounce D] [softly D|over D] "
                + "[rate N/s] [before-reply|after-reply] [when CONDITION...] [unless CONDITION...]",
            help: "What else a mutation invalidates. A target is a key built from the captures, "
                + "tag:TAG or pattern:PATTERN. Without clauses it is invalidated like a dependent. "
                + "after waits so long, debounce until no equal firing has come for so long (ten "
                + "times that at most); softly lets keys expire within a time instead of removing "
                + "them, over spreads the removal; rate delays what fires more often than N/s, N/m "
                + "or N/h; before-reply has the client wait, after-reply never. when names "
                + "conditions that must all hold, unless those of which none may: command=SET,HSET, "
                + "db=0,2, client=NAME and user=NAME (globs, commas between several), "
                + "time=09:00-17:30 and days=mon-fri (UTC, or @ZONE behind one of them), exists "
                + "KEY, ttl<60s and size>1kb of the trigger. A key without expiry has more left "
                + "than any ttl, a missing one none; the size is a string's length, for other types "
                + "what MEMORY USAGE says. Where nobody can say, the rule fires. Rules can be set "
                + "at run time as well: FRESHET RULE SET.",
            example:
                "rule freeze on catalog:version invalidate tag:pages softly 30s unless exists maintenance:freeze"
        ),
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
