/// The name of a journal's file: `intents-<journal>-w<worker>-<number>`.
struct JournalName: Hashable, CustomStringConvertible {
    let journal: UInt64
    let worker: Int
    let number: Int

    init(journal: UInt64, worker: Int, number: Int) {
        self.journal = journal
        self.worker = worker
        self.number = number
    }

    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "intents", let journal = UInt64(parts[1], radix: 16),
            parts[2].first == "w", let worker = Int(parts[2].dropFirst()), let number = Int(parts[3])
        else { return nil }
        self.init(journal: journal, worker: worker, number: number)
    }

    var description: String {
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 6 - digits.utf8.count))
        return "intents-\(String(journal, radix: 16))-w\(worker)-\(padding)\(digits)"
    }
}
