/// Builds a page of the Prometheus text format 0.0.4.
struct Exposition {
    private(set) var text = ""

    /// Appends a family under one HELP and TYPE line; nothing when it has no samples.
    mutating func append(_ family: MetricFamily) {
        let metric = family.metric
        var samples = Exposition()
        for (values, series) in family.sorted() { samples.append(metric, values, series) }
        if samples.text.isEmpty { return }
        text += "# HELP \(metric.name) \(Self.escaped(metric.help, quotes: false))\n"
        text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
        text += samples.text
    }

    private mutating func append(_ metric: Metric, _ values: [String], _ series: Series) {
        switch series {
        case .counter(let counter):
            let value =
                metric.scale == 1 ? "\(counter.value)" : Self.number(Double(counter.value) * metric.scale)
            line(metric.name, metric.labels, values, value)
        case .gauge(let gauge): line(metric.name, metric.labels, values, Self.number(gauge.value))
        case .rated(let rated): line(metric.name, metric.labels, values, Self.number(rated.perSecond))
        case .histogram(let histogram): append(metric, values, histogram)
        case .callback(let read):
            if let value = read() { line(metric.name, metric.labels, values, Self.number(value)) }
        }
    }

    /// The count is the sum of the buckets as read here, so that it equals `+Inf` while others observe.
    private mutating func append(_ metric: Metric, _ values: [String], _ histogram: Histogram) {
        var cumulated: UInt64 = 0
        let bounds = histogram.bounds.map(Self.number) + ["+Inf"]
        for (bound, count) in zip(bounds, histogram.bucketCounts) {
            cumulated += count
            line(metric.name + "_bucket", metric.labels + ["le"], values + [bound], "\(cumulated)")
        }
        line(metric.name + "_sum", metric.labels, values, Self.number(histogram.sum))
        line(metric.name + "_count", metric.labels, values, "\(cumulated)")
    }

    private mutating func line(_ name: String, _ labels: [String], _ values: [String], _ value: String) {
        text += name
        if !labels.isEmpty {
            let pairs = zip(labels, values).map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " " + value + "\n"
    }

    /// A value as the format writes it: whole numbers without a fraction, infinities signed.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(value) < 9_007_199_254_740_992 { return "\(whole)" }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
