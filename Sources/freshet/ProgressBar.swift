#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How far something is, on standard error: a bar that is redrawn on a terminal, plain lines elsewhere.
struct ProgressBar {
    private static let width = 30
    private let isTerminal: Bool
    private var lastLine = ""

    init(isTerminal: Bool = isatty(2) == 1) { self.isTerminal = isTerminal }

    /// Whether standard error is a terminal.
    static var isShown: Bool { isatty(2) == 1 }

    mutating func show(done: Int, expected: Int?, keysPerSecond: Int?, etaSeconds: Int?, state: String) {
        let line = Self.line(done, expected, keysPerSecond, etaSeconds, state)
        guard line != lastLine else { return }
        lastLine = line
        Terminal.say(isTerminal ? "\r\u{1b}[K\(line)" : line + "\n")
    }

    func end() {
        if isTerminal, !lastLine.isEmpty { Terminal.say("\r\u{1b}[K") }
    }

    /// `[##########          ]  33% 330000/1000000 keys, 250000/s, 2s left`.
    static func line(
        _ done: Int, _ expected: Int?, _ keysPerSecond: Int?, _ etaSeconds: Int?, _ state: String
    ) -> String {
        var parts: [String] = []
        var bar = ""
        if let expected, expected > 0 {
            let share = min(1, Double(done) / Double(expected))
            let filled = Int(share * Double(width))
            bar = "[" + String(repeating: "#", count: filled)
            bar += String(repeating: " ", count: width - filled) + "] \(Int(share * 100))% "
            parts.append("\(done)/\(expected) keys")
        } else {
            parts.append("\(done) keys")
        }
        if let keysPerSecond { parts.append("\(keysPerSecond)/s") }
        if let etaSeconds { parts.append("\(etaSeconds)s left") }
        if state != "running" { parts.append(state) }
        return bar + parts.joined(separator: ", ")
    }
}
