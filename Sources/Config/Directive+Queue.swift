import Bytes
import Naming

extension Directive {
    static let queue: [Directive] =
        [concurrency, items, memoryItems, deadLetters, retryAttempts, retryBackoff] + breaker

    private static let concurrency = scalar(
        "queue-concurrency", \.queueConcurrency, .count(1...64, unit: "pieces of work"), in: .queue,
        reloadable: true,
        help: "Pieces of the engine's work that run at a time on each side (primary, fallback). What has "
            + "run for a quarter of a second counts as large; as many large pieces run beside the small "
            + "ones, so that a drain of a million keys keeps nothing small waiting. Of work that is spread "
            + "over a time 64 times as many pieces run, for they mostly wait.",
        example: "queue-concurrency 8")

    private static let items = scalar(
        "queue-items", \.queueItems, .count(1...100_000_000, unit: "pieces of work"), in: .queue,
        reloadable: true,
        help: "Pieces of work that may wait in all, on disk and in memory; where nothing is kept on disk, "
            + "no more than fit into memory. Beyond the limit nothing is dropped: keys are widened to their "
            + "tags, tags to the tags above them, and at last to everything that a convention can make "
            + "stale. Audit, freshet_queue_widened_total and an alert tell.",
        example: "queue-items 200000")

    private static let memoryItems = scalar(
        "queue-memory-items", \.queueMemoryItems, .count(16...1_000_000, unit: "pieces of work"),
        in: .queue, reloadable: true,
        help: "Pieces of work that are held in memory; the others wait on disk until there is room. A "
            + "piece of a few keys takes about 2 KiB.",
        example: "queue-memory-items 2000")

    private static let deadLetters = scalar(
        "dead-letters", \.deadLetters, .count(1...100_000, unit: "dead letters"), in: .queue,
        reloadable: true,
        help: "Invalidations that failed for good and are kept for FRESHET DLQ. One more, and the oldest is "
            + "dropped with an audit record. They are held in memory.",
        example: "dead-letters 1000")

    private static let retryAttempts = scalar(
        "retry-attempts", \.retryAttempts, .count(0...100, unit: "attempts"), in: .queue, reloadable: true,
        help: "How often work that Redis refused is tried again before it is a dead letter. What no "
            + "attempt can change (NOPERM, WRONGTYPE) is one at once. Waiting for a Redis that is away, "
            + "loads, is busy or is a replica counts as no attempt.",
        example: "retry-attempts 5")

    private static let retryBackoff = Directive(
        name: "retry-backoff", section: .queue, kind: .scalar, arguments: "DURATION..DURATION",
        unit: "duration", isReloadable: true,
        help: "The shortest and the longest wait between attempts. The wait doubles from the first to the "
            + "second, and of each a random part is taken (full jitter), so that what failed together "
            + "does not come back together.",
        example: "retry-backoff 500ms..1m",
        binding: Binding(
            arity: 1...1,
            set: { settings, words throws(Diagnostic) in settings.retryBackoff = try backoff(words[0]) },
            show: { settings, _ in
                let backoff = settings.retryBackoff
                return ["\(minutes(backoff.minimum))..\(minutes(backoff.maximum))"]
            },
            isEqual: { $0.retryBackoff == $1.retryBackoff },
            copy: { $1.retryBackoff = $0.retryBackoff },
            clear: nil))

    private static func backoff(_ word: Word) throws(Diagnostic) -> Settings.Backoff {
        let ends = word.text.text.split(separator: ".", omittingEmptySubsequences: false)
        guard ends.count == 3, ends[1].isEmpty, let minimum = DurationText.parse(String(ends[0])),
            let maximum = DurationText.parse(String(ends[2])), minimum >= .milliseconds(1),
            maximum <= .seconds(86_400), minimum <= maximum
        else { throw word.unexpected("two durations from 1ms to 24h, the shorter first, such as 1s..5m") }
        return Settings.Backoff(minimum: minimum, maximum: maximum)
    }

    /// Whole minutes as such: `1s..5m` is how one thinks of it.
    private static func minutes(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        return milliseconds % 60_000 == 0 ? "\(milliseconds / 60_000)m" : DurationText.render(duration)
    }

    private static let breaker: [Directive] = [
        scalar(
            "max-fanout", \.maxFanout, .count(1...1_000_000_000, unit: "keys"), in: .queue,
            reloadable: true,
            help: "Keys that one cascade reaches before it is stopped: it fires an alert, and the rest is "
                + "held until somebody says FRESHET QUEUE RESUME or CANCEL. A million is the largest tag "
                + "that a catalogue is likely to have; more from one write is likely a mistake in "
                + "proxy.conf. What an operator asked for is not limited.",
            example: "max-fanout 50000"),
        scalar(
            "max-depth", \.maxDepth, .count(1...100_000, unit: "levels"), in: .queue, reloadable: true,
            help: "Levels of dependents that one cascade goes down before it is stopped as with max-fanout. "
                + "A chain of a hundred is more than conventions spell out: it runs away through data.",
            example: "max-depth 20"),
    ]
}
