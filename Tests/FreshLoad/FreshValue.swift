/// What a key holds: a stamp of its own, and the stamps of what it was built from.
///
///     17;multi;n0:3=12,n1:3=9;xxxx…
struct FreshValue: Sendable {
    var stamp: Int
    /// On which path it was stored.
    var path: String
    var sources: [(name: String, stamp: Int)]

    func text(padding: Int = 0) -> String {
        let built = sources.map { "\($0.name)=\($0.stamp)" }.joined(separator: ",")
        return "\(stamp);\(path);\(built);" + String(repeating: "x", count: padding)
    }

    init(stamp: Int, path: String, sources: [(name: String, stamp: Int)] = []) {
        self.stamp = stamp
        self.path = path
        self.sources = sources
    }

    init?(_ text: String?) {
        guard let parts = text?.split(separator: ";", maxSplits: 3, omittingEmptySubsequences: false),
            parts.count == 4, let stamp = Int(parts[0])
        else { return nil }
        self.stamp = stamp
        path = String(parts[1])
        sources = parts[2].split(separator: ",").compactMap { pair in
            let sides = pair.split(separator: "=")
            guard sides.count == 2, let stamp = Int(sides[1]) else { return nil }
            return (String(sides[0]), stamp)
        }
    }
}
