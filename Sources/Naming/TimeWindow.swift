import Schedules

/// A time zone as rules name it: `UTC`, `+02:00`, or a name such as `Europe/Berlin`.
public struct Zone: Sendable, Hashable {
    /// As written.
    public let name: String
    private let offset: @Sendable (_ unixSeconds: Int64) -> Int

    /// - Parameter offset: seconds east of UTC at a moment given in seconds since 1970.
    private init(name: String, offset: @escaping @Sendable (_ unixSeconds: Int64) -> Int) {
        self.name = name
        self.offset = offset
    }

    static let utc = Zone(name: "UTC") { _ in 0 }

    /// The zone of this name; throws one sentence about why there is none.
    static func named(_ name: String) throws(TimeZoneFile.Problem) -> Zone {
        if let fixed = fixed(name) { return fixed }
        let rules = try TimeZoneFile().rules(of: name)
        return Zone(name: name) { Int(rules.offset(at: $0)) }
    }

    private static func fixed(_ name: String) -> Zone? {
        if name == "UTC" || name == "Z" { return .utc }
        let text = Array(name.utf8)
        guard text.count == 6, text[0] == 0x2b || text[0] == 0x2d, text[3] == 0x3a,
            let minutes = TimeWindow.minutes(String(name.dropFirst())), minutes <= 14 * 60
        else { return nil }
        let seconds = (text[0] == 0x2d ? -60 : 60) * minutes
        return Zone(name: name) { _ in seconds }
    }

    public static func == (left: Zone, right: Zone) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Minutes since midnight, and the day of the week (0 is Sunday), at a moment in seconds since 1970.
    func local(_ unixSeconds: Int64) -> (minute: Int, weekday: Int) {
        let seconds = unixSeconds + Int64(offset(unixSeconds))
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        // The first of January 1970 was a Thursday.
        return (Int((seconds - day * 86_400) / 60), Int(((day + 4) % 7 + 7) % 7))
    }
}

/// A part of each day: `09:00-17:30`, its end not included; one that ends before it starts spans midnight.
public struct TimeWindow: Sendable, Hashable {
    /// Minutes since midnight.
    public var from: Int
    public var to: Int
    public var zone: Zone?

    /// Whether the moment, in seconds since 1970, lies within.
    public func contains(_ unixSeconds: Int64) -> Bool {
        let minute = (zone ?? .utc).local(unixSeconds).minute
        return from < to ? minute >= from && minute < to : minute >= from || minute < to
    }

    /// Minutes since midnight in `HH:MM`; 24:00 is the end of the day.
    static func minutes(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count == 5, bytes[2] == 0x3a,
            [0, 1, 3, 4].allSatisfy({ (0x30...0x39).contains(bytes[$0]) })
        else { return nil }
        let digits = bytes.map { Int($0) - 0x30 }
        let (hour, minute) = (digits[0] * 10 + digits[1], digits[3] * 10 + digits[4])
        return minute < 60 && hour * 60 + minute <= 1440 ? hour * 60 + minute : nil
    }
}

/// Days of the week: `mon-fri`, `sat,sun`.
public struct WeekDays: Sendable, Hashable {
    static let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// A bit for each day, Sunday lowest.
    public var mask: UInt8
    public var zone: Zone?

    /// Whether the moment, in seconds since 1970, lies on one of them.
    public func contains(_ unixSeconds: Int64) -> Bool {
        mask & (1 << UInt8((zone ?? .utc).local(unixSeconds).weekday)) != 0
    }

    /// Days from a list of days and ranges; a range may go over the end of the week. Nil when it is none.
    static func mask(_ text: Substring) -> UInt8? {
        var mask: UInt8 = 0
        for item in text.lowercased().split(separator: ",", omittingEmptySubsequences: false) {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { name in
                names.firstIndex(of: String(name))
            }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else {
                return nil
            }
            var day = first
            while true {
                mask |= 1 << UInt8(day)
                if day == last { break }
                day = (day + 1) % 7
            }
        }
        return mask
    }
}
