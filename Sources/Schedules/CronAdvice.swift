extension CronExpression {
    /// What is allowed and probably not meant, a sentence each.
    public var oddities: [String] {
        var found: [String] = []
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5 else { return found }
        if fields[0] == "*", fields[1] != "*" {
            found.append(
                "'\(text)' is due every minute of its hours; for once an hour, write '0' as the minute")
        }
        if eitherDayIsEnough {
            found.append(
                "'\(text)' is due on every day of month '\(fields[2])' and on every day of week"
                    + " '\(fields[4])': cron takes either, not both")
        }
        let months = monthsWithoutItsDays
        if !months.isEmpty {
            found.append("'\(text)' leaves out months without a day '\(fields[2])': \(months)")
        }
        return found
    }

    /// The months that it names and that have none of its days, in words.
    private var monthsWithoutItsDays: String {
        guard !eitherDayIsEnough else { return "" }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let empty = (1...12).filter { month in
            let length = CivilTime.length(ofMonth: month, in: 2001)
            return matches(month: month) && daysOfMonth & ((1 << UInt64(length + 1)) - 1) == 0
        }
        return empty.map { month in
            month == 2 && daysOfMonth & 1 << 29 != 0 ? "Feb but for leap years" : names[month - 1]
        }.joined(separator: ", ")
    }
}

extension Timetable {
    /// Seconds between the two due times that are closest to each other, as far as a look at a hundred tells.
    public var shortestInterval: Int64? {
        // From 2026 on: any time would do.
        guard var last = next(after: 1_767_225_600) else { return nil }
        var shortest: Int64?
        for _ in 0..<100 {
            guard let next = next(after: last) else { return shortest }
            shortest = min(shortest ?? .max, next - last)
            last = next
        }
        return shortest
    }
}
