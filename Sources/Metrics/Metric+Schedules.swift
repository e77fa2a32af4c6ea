extension Metric {
    public static let scheduleRuns = counter(
        "freshet_schedule_runs_total", labels: ["schedule", "outcome"],
        "Due times of schedules that this proxy settled (on-time, caught-up, merged into a later run, "
            + "skipped) and runs that were asked for"
    )
    public static let scheduleNextRun = gauge(
        "freshet_schedule_next_run_timestamp_seconds", labels: ["schedule"],
        "When a schedule is due next, in seconds since 1970")

    static let schedules = [scheduleRuns, scheduleNextRun]
}
