public import Config
public import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writes log lines to standard error, as text, JSON or logfmt.
public struct StandardErrorLog: LogHandler {
    private let format: Settings.LogFormat
    /// One for the process, so that a reload reaches every copy of the logger.
    private static let level = Mutex(Logger.Level.notice)
    public var metadata: Logger.Metadata = [:]

    public init(_ settings: Settings) {
        let isTerminal = isatty(2) == 1
        format = settings.logFormat == .auto ? (isTerminal ? .text : .json) : settings.logFormat
        Self.adopt(settings)
    }

    /// Takes the level of a new configuration.
    static func adopt(_ settings: Settings) { level.withLock { $0 = severity(settings.logLevel) } }

    public var logLevel: Logger.Level {
        get { Self.level.withLock { $0 } }
        set { Self.level.withLock { $0 = newValue } }
    }

    /// Redis's names for levels, in swift-log's.
    static func severity(_ level: Settings.LogLevel) -> Logger.Level {
        switch level {
        case .debug: .debug
        case .verbose: .info
        case .notice: .notice
        case .warning: .warning
        }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).merging(metadata) { own, _ in own }
            .map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        let line = Self.line(format, event.level, "\(event.message)", fields, at: Self.now())
        let bytes = Array((line + "\n").utf8)
        _ = unsafe write(2, bytes, bytes.count)
    }

    static func line(
        _ format: Settings.LogFormat, _ level: Logger.Level, _ message: String, _ fields: [(String, String)],
        at time: String
    ) -> String {
        switch format {
        case .json:
            let all = [("ts", time), ("level", level.rawValue), ("msg", message)] + fields
            return "{" + all.map { quoted($0.0) + ":" + quoted($0.1) }.joined(separator: ",") + "}"
        case .logfmt:
            let all = [("ts", time), ("level", level.rawValue), ("msg", message)] + fields
            return all.map { "\($0.0)=\(needsQuotes($0.1) ? quoted($0.1) : $0.1)" }.joined(separator: " ")
        case .text, .auto:
            let rest = fields.map { " \($0.0)=\(needsQuotes($0.1) ? quoted($0.1) : $0.1)" }.joined()
            return "\(time) \(level.rawValue) \(message)\(rest)"
        }
    }

    private static func needsQuotes(_ text: String) -> Bool {
        text.isEmpty
            || text.utf8.contains { $0 <= 0x20 || $0 == 0x22 || $0 == 0x3d || $0 == 0x5c || $0 >= 0x7f }
    }

    /// A JSON string; control bytes never reach a terminal.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5c: result += "\\\\"
            case 0x0a: result += "\\n"
            case 0..<0x20, 0x7f..<0xa0:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func now() -> String {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        var parts = unsafe tm()
        unsafe gmtime_r(&time.tv_sec, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        return "\(year)-\(two(month))-\(two(day))T\(two(hour)):\(two(minute)):\(two(second)).\(milliseconds)Z"
    }
}
