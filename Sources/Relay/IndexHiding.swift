package import Bytes
import Commands
import Naming
import RESP

/// SCAN, KEYS and RANDOMKEY: the keys of the index lie beside the data, and clients do not see them.
///
/// Inside a transaction or a script Redis answers for itself; the keys show there.
extension Session {
    func forwardHidingIndex(_ request: borrowing Request) -> Bool {
        guard worker.conventions.hidesKeys, mayShowIndex(request) else { return forward(request) }
        switch request.facts.behaviour {
        case .scan: return forward(request, KeyListTask(isScan: true))
        case .keys: return forward(request, KeyListTask(isScan: false))
        default: return forward(request, RandomKeyTask(worker.pool, key))
        }
    }

    /// Whether the glob pattern of KEYS or of SCAN's MATCH could match a name that begins with `freshet:`.
    private func mayShowIndex(_ request: borrowing Request) -> Bool {
        switch request.facts.behaviour {
        case .keys: return request.count < 2 || Self.mayMatchIndex(request.argument(1))
        case .scan:
            for index in 2..<max(2, request.count - 1) where request.matches(index, "MATCH") {
                return Self.mayMatchIndex(request.argument(index + 1))
            }
            return true
        default: return true
        }
    }

    static func mayMatchIndex(_ glob: Span<UInt8>) -> Bool {
        let prefix = IndexHiding.prefix
        for index in 0..<min(glob.count, prefix.count) {
            switch glob[index] {
            case 0x2a, 0x3f, 0x5b, 0x5c: return true
            case prefix[index]: continue
            default: return false
            }
        }
        return glob.count > prefix.count
    }
}

enum IndexHiding {
    static let prefix = Array("freshet:".utf8)
}

/// Takes the keys of the index out of a list of keys.
final class KeyListTask: ReplyTask {
    private let isScan: Bool

    /// - Parameter isScan: whether the list stands behind a cursor.
    init(isScan: Bool) { self.isScan = isScan }

    override var delivery: Delivery { .collect }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        guard let session else { return }
        guard reply.type == ASCII.asterisk, let list = KeyList(frame, isScan: isScan), list.hidesSome else {
            return session.deliver(frame)
        }
        var filtered = ByteBuffer()
        list.write(from: frame, into: &filtered)
        session.deliver(filtered.span)
    }
}

/// Where the keys lie in a reply to KEYS or SCAN.
package struct KeyList {
    /// The keys' frames, `$n\r\n…\r\n`, that stay.
    private var kept: [Range<Int>] = []
    private var headerEnd = 0
    private var total = 0

    package var hidesSome: Bool { kept.count < total }

    /// Nil when the frame has another shape.
    package init?(_ frame: Span<UInt8>, isScan: Bool) {
        var index = 0
        if isScan {
            guard Self.number(frame, &index, ASCII.asterisk) == 2,
                let cursor = Self.number(frame, &index, ASCII.dollar), (0...frame.count).contains(cursor)
            else { return nil }
            index += cursor + 2
        }
        headerEnd = index
        guard let count = Self.number(frame, &index, ASCII.asterisk), count >= 0 else { return nil }
        total = count
        for _ in 0..<count {
            let start = index
            guard let length = Self.number(frame, &index, ASCII.dollar), (0...frame.count).contains(length),
                index + length + 2 <= frame.count
            else { return nil }
            let key = frame.extracting(index..<(index + length))
            index += length + 2
            if !Conventions.isReserved(key) { kept.append(start..<index) }
        }
    }

    package func write(from frame: Span<UInt8>, into output: inout ByteBuffer) {
        output.append(frame.extracting(0..<headerEnd))
        RequestEncoder.begin(count: kept.count, into: &output)
        for range in kept { output.append(frame.extracting(range)) }
    }

    /// Reads `<type><digits>\r\n`.
    private static func number(_ frame: Span<UInt8>, _ index: inout Int, _ type: UInt8) -> Int? {
        guard index < frame.count, frame[index] == type else { return nil }
        var end = index + 1
        while end < frame.count, frame[end] != ASCII.carriageReturn { end += 1 }
        guard end + 1 < frame.count, frame[end + 1] == ASCII.lineFeed,
            let value = ASCII.integer(frame.extracting((index + 1)..<end))
        else { return nil }
        index = end + 2
        return value
    }
}

/// Asks for another random key as long as Redis names one of the index.
final class RandomKeyTask: ReplyTask {
    private static let attempts = 100
    private let pool: LinkPool
    private let key: GroupKey
    private var attemptsLeft = RandomKeyTask.attempts
    private var held: HeldReply?

    init(_ pool: LinkPool, _ key: GroupKey) {
        self.pool = pool
        self.key = key
    }

    override var delivery: Delivery { .collect }

    override func begin(_ session: Session?) {
        if held == nil { held = session?.hold() }
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        if isReserved(frame), attemptsLeft > 0 {
            attemptsLeft -= 1
            return nextLink(after: link).sendOwn(["RANDOMKEY"], self)
        }
        if let drops = held?.session?.replyMode.drops, !drops {
            held?.replacement =
                isReserved(frame) ? (key.version == 3 ? "_\r\n" : "$-1\r\n") : ByteString(frame)
        }
        held?.release()
        held = nil
    }

    override func lost(_ session: Session?, reason: LinkFailure) {
        held?.release()
        held = nil
    }

    /// A link on which the question still means the same: others may have taken the one that it was on.
    private func nextLink(after link: Link) -> Link {
        let isOurs = link.owner != nil && link.owner === held?.session
        let isShared = link.owner == nil && !link.isTakenOut
        return link.isOpen && (isOurs || isShared) ? link : pool.sharedLink(key)
    }

    private func isReserved(_ frame: Span<UInt8>) -> Bool {
        var start = 0
        while start < frame.count, frame[start] != ASCII.lineFeed { start += 1 }
        guard start + 3 <= frame.count else { return false }
        return Conventions.isReserved(frame.extracting((start + 1)..<(frame.count - 2)))
    }
}
