import Bytes
import Hiredis
import Naming

/// One page of a set as SSCAN tells it, made into UNLINK requests.
///
/// A name has the same form in a reply as in a request. So names that lie side by side are copied as they
/// are, and only those that somebody wants to know are taken out.
struct ScanPage {
    /// Keys that one command removes.
    struct Batch {
        /// The command, encoded.
        var request: ByteString
        var keyCount: Int
        /// Those of its keys that are to be told of.
        var names: [ByteString]

        /// All of its keys, read from the command.
        var keys: [ByteString] {
            ReplyValue(request.span)?.elements?.dropFirst().compactMap(\.bytes) ?? []
        }
    }

    /// Which names of a page are removed, and which are told.
    struct Wishes {
        let conventions: Conventions
        /// How many keys one command removes at most.
        var batch: Int
        /// Whether names are told from which something may follow.
        var follows: Bool
        /// Whether all names are told.
        var all: Bool
    }

    /// Where SSCAN goes on.
    private(set) var cursor: ByteString = "0"
    /// How many members the page has, protected ones and all.
    private(set) var count = 0
    private(set) var batches: [Batch] = []

    /// Reads a reply to SSCAN; nil where it is none.
    init?(_ frame: Span<UInt8>, _ wishes: Wishes) {
        var position = 0
        guard Self.number(frame, ASCII.asterisk, &position) == 2,
            let digits = Self.bulk(frame, &position)
        else { return nil }
        cursor = ByteString(frame.extracting(digits))
        guard let count = Self.number(frame, ASCII.asterisk, &position) else { return nil }
        self.count = count
        let protects = !wishes.conventions.protectPatterns.isEmpty
        var draft = Draft()
        for _ in 0..<count {
            let start = position
            guard let name = Self.bulk(frame, &position) else { return nil }
            if protects, wishes.conventions.isProtected(frame.extracting(name)) { continue }
            draft.add(start..<position)
            let isTold =
                wishes.all || wishes.follows && wishes.conventions.mayLeadOn(frame.extracting(name))
            if isTold { draft.names.append(ByteString(frame.extracting(name))) }
            if draft.keyCount == wishes.batch { batches.append(draft.finish(frame)) }
        }
        if draft.keyCount > 0 { batches.append(draft.finish(frame)) }
    }

    /// Where the next element lies, a string with its line end; nil where it is something else.
    private static func bulk(_ bytes: Span<UInt8>, _ position: inout Int) -> Range<Int>? {
        guard let length = number(bytes, ASCII.dollar, &position), length + 2 <= bytes.count - position else {
            return nil
        }
        defer { position += length + 2 }
        return position..<position + length
    }

    /// Reads the number of a line such as `$20`, and moves behind the line's end.
    private static func number(_ bytes: Span<UInt8>, _ type: UInt8, _ position: inout Int) -> Int? {
        guard position < bytes.count, bytes[position] == type else { return nil }
        position += 1
        let first = position
        var value = 0
        while position < bytes.count, bytes[position] &- ASCII.zero < 10 {
            value = value &* 10 &+ Int(bytes[position] &- ASCII.zero)
            position += 1
        }
        position += 2
        let isWhole = position > first + 2 && position <= bytes.count
        return isWhole && (0...bytes.count).contains(value) ? value : nil
    }

    /// A batch as it grows: where its keys lie in the reply.
    private struct Draft {
        private var runs: [Range<Int>] = []
        private(set) var keyCount = 0
        var names: [ByteString] = []

        mutating func add(_ key: Range<Int>) {
            keyCount += 1
            if let last = runs.last, last.upperBound == key.lowerBound {
                runs[runs.count - 1] = last.lowerBound..<key.upperBound
            } else {
                runs.append(key)
            }
        }

        mutating func finish(_ frame: Span<UInt8>) -> Batch {
            let head = Array("*\(keyCount + 1)\r\n$6\r\nUNLINK\r\n".utf8)
            var request: [UInt8] = []
            request.reserveCapacity(runs.reduce(head.count) { $0 + $1.count })
            request += head
            for run in runs {
                unsafe frame.extracting(run).withUnsafeBufferPointer { unsafe request.append(contentsOf: $0) }
            }
            let batch = Batch(request: ByteString(request), keyCount: keyCount, names: names)
            self = Draft()
            return batch
        }
    }
}
