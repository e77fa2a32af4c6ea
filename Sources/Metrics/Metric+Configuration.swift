extension Metric {
    public static let buildInfo = gauge(
        "freshet_build_info", labels: ["version", "commit", "swift"],
        "Always 1; the labels say what is running")
    public static let configLastReloadSuccessful = gauge(
        "freshet_config_last_reload_successful", "1 when the last load of the configuration succeeded, else 0"
    )
    public static let configLastReloadSuccess = gauge(
        "freshet_config_last_reload_success_timestamp_seconds",
        "Unix time of the last successful load of the configuration")
    public static let configGeneration = gauge(
        "freshet_config_generation", "How many configurations have been in force since the start")

    static let configuration = [
        buildInfo, configLastReloadSuccessful, configLastReloadSuccess, configGeneration,
    ]

    public static let processCPU = counter("process_cpu_seconds_total", "User and system CPU time spent")
    public static let processResident = gauge("process_resident_memory_bytes", "Resident memory")
    public static let processVirtual = gauge("process_virtual_memory_bytes", "Virtual memory")
    public static let processOpenDescriptors = gauge("process_open_fds", "Open file descriptors")
    public static let processMaxDescriptors = gauge(
        "process_max_fds", "Most file descriptors that may be open")
    public static let processStart = gauge(
        "process_start_time_seconds", "Unix time at which the process started")

    static let process = [
        processCPU, processResident, processVirtual, processOpenDescriptors, processMaxDescriptors,
        processStart,
    ]
}
