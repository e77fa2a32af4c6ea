import EventLoop

/// Finds connections whose other end is gone without a word, a few at a time.
final class SilenceWatch<Connection: AnyObject> {
    private static var slice: Int { 128 }
    private let loop: EventLoop
    private let bound: () -> Int
    private let all: () -> [Connection]
    private let stream: (Connection) -> Stream?
    private let found: (Connection) -> Void
    private var waiting: [Connection] = []

    /// - Parameters:
    ///   - bound: for how many milliseconds the other end may acknowledge nothing; 0 for ever.
    ///   - found: called for each connection that has been silent for longer.
    init(
        loop: EventLoop, bound: @escaping () -> Int, all: @escaping () -> [Connection],
        stream: @escaping (Connection) -> Stream?, found: @escaping (Connection) -> Void
    ) {
        self.loop = loop
        self.bound = bound
        self.all = all
        self.stream = stream
        self.found = found
    }

    /// Looks at every connection eight times within the bound.
    func start() {
        let bound = bound()
        let pause = waiting.isEmpty ? (bound == 0 ? 5000 : min(5000, max(250, bound / 8))) : 20
        loop.timer(afterMilliseconds: pause) { [weak self] in
            self?.look()
            self?.start()
        }
    }

    private func look() {
        let bound = bound()
        guard bound > 0 else { return waiting = [] }
        if waiting.isEmpty { waiting = all() }
        for connection in waiting.suffix(Self.slice)
        where stream(connection)?.isPeerSilent(forMilliseconds: bound) == true {
            found(connection)
        }
        waiting.removeLast(min(Self.slice, waiting.count))
    }
}
