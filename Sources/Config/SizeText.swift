/// A number of bytes as redis.conf writes it: `1k` is 1000, `1kb` is 1024.
enum SizeText {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("", 1), ("b", 1), ("k", 1000), ("kb", 1 << 10), ("m", 1_000_000), ("mb", 1 << 20),
        ("g", 1_000_000_000), ("gb", 1 << 30),
    ]

    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count).lowercased()
        guard let unit = units.first(where: { $0.suffix == suffix })?.bytes, let number = Int(digits)
        else { return nil }
        let (bytes, overflowed) = number.multipliedReportingOverflow(by: unit)
        return overflowed ? nil : bytes
    }

    static func render(_ bytes: Int) -> String {
        for (suffix, unit) in [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10)]
        where bytes >= unit && bytes % unit == 0 {
            return "\(bytes / unit)\(suffix)"
        }
        return String(bytes)
    }
}
