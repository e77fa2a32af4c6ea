extension TimeZoneRules {
    /// What clocks show at a moment, as RFC 3339 writes it: `2026-03-29T03:00:00+02:00`.
    public func text(of time: Int64) -> String {
        let clock = clock(at: time)
        let offset = offset(at: time)
        let zone = [abs(offset) / 3600, abs(offset) / 60 % 60].map { Self.padded(Int($0), 2) }
        let sign = offset < 0 ? "-" : "+"
        let date = [Self.padded(clock.year, 4), Self.padded(clock.month, 2), Self.padded(clock.day, 2)]
        let parts = [clock.hour, clock.minute, clock.second].map { Self.padded($0, 2) }
        return date.joined(separator: "-") + "T" + parts.joined(separator: ":")
            + (offset == 0 ? "Z" : sign + zone.joined(separator: ":"))
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = "\(value)"
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
