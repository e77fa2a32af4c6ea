import TestSupport

/// Changes some of the replies that pass on one connection.
struct Liar {
    private var random: Seed
    private var pending: [UInt8] = []
    /// A reply that is told after the next.
    private var kept: [UInt8]?
    /// How many replies pass between two lies, about: some connections are nearly honest.
    private let patience: Int

    init(_ seed: Seed) {
        random = seed
        patience = [3, 20, 100, 400].randomElement(using: &random)!
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &random) }

    /// The bytes as they came, with what was kept before them.
    mutating func truth(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        defer {
            kept = nil
            pending = []
        }
        return (kept ?? []) + pending + bytes
    }

    /// What is told instead, nil for an end; and how many lies are in it.
    mutating func told(_ bytes: ArraySlice<UInt8>) -> (bytes: [UInt8]?, lies: Int) {
        pending += bytes
        var out: [UInt8] = []
        var lies = 0
        while let (_, end) = try? ReplyParser.parse(pending) {
            let frame = Array(pending[..<end])
            pending.removeFirst(end)
            guard below(patience) == 0 else {
                out += frame
                if let late = kept {
                    out += late
                    kept = nil
                }
                continue
            }
            lies += 1
            guard let lie = lie(about: frame) else { return (nil, lies) }
            out += lie
        }
        // Long or strange replies pass in pieces.
        if pending.count > 1 << 16 {
            out += pending
            pending = []
        }
        return (out, lies)
    }

    private mutating func lie(about frame: [UInt8]) -> [UInt8]? {
        switch below(14) {
        case 0: return []
        case 1: return frame + frame
        case 2:
            defer { kept = frame }
            return kept ?? []
        case 3: return nil
        case 4: return Array(frame.prefix(below(frame.count)))
        case 5...7: return changed(frame)
        case 8, 9: return Array(Self.numbers.randomElement(using: &random)!.utf8)
        case 10: return Array(Self.errors.randomElement(using: &random)!.utf8)
        case 11: return Array(Self.shapes.randomElement(using: &random)!.utf8)
        case 12: return numbersReplaced(in: frame)
        default: return Array(String(repeating: "*1\r\n", count: 1 + below(3000)).utf8) + frame
        }
    }

    private mutating func changed(_ frame: [UInt8]) -> [UInt8] {
        var bytes = frame
        for _ in 0...below(3) where !bytes.isEmpty {
            let place = below(min(bytes.count, 200))
            switch below(3) {
            case 0: bytes[place] ^= 1 << UInt8(below(8))
            case 1: bytes.remove(at: place)
            default: bytes.insert(Self.marks.randomElement(using: &random)!, at: place)
            }
        }
        return bytes
    }

    /// Every integer of the reply becomes an extreme one.
    private mutating func numbersReplaced(in frame: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for line in frame.split(separator: 10, omittingEmptySubsequences: false) {
            if line.first == UInt8(ascii: ":"), line.last == 13 {
                out += Self.numbers.randomElement(using: &random)!.utf8.dropLast()
            } else {
                out += line
            }
            out.append(10)
        }
        out.removeLast()
        return out
    }

    private static let marks: [UInt8] = Array("*$+-:%~>|_,#=(!\r\n0123456789-".utf8)
    private static let numbers = [
        ":9223372036854775807\r\n", ":-9223372036854775808\r\n", ":-1\r\n", ":0\r\n", ":1\r\n",
        ":4294967296\r\n", ":99999999999999999999\r\n", ":-2\r\n", ":2147483648\r\n",
    ]
    private static let errors = [
        "-ERR no\r\n", "-LOADING Redis is loading the dataset in memory\r\n", "-READONLY no\r\n",
        "-OOM command not allowed\r\n", "-NOSCRIPT No matching script.\r\n", "-NOAUTH no\r\n",
        "-WRONGPASS no\r\n", "-MOVED 1 127.0.0.1:1\r\n", "-BUSY Redis is busy\r\n", "-EXECABORT no\r\n",
        "-MASTERDOWN no\r\n", "-\r\n", "-NOPERM no\r\n", "-WRONGTYPE no\r\n",
    ]
    private static let shapes = [
        "*-1\r\n", "$-1\r\n", "*0\r\n", "$0\r\n\r\n", "_\r\n", "+\r\n", "+OK\r\n", "+QUEUED\r\n",
        "*2\r\n$1\r\n0\r\n*0\r\n", "*2\r\n$3\r\n999\r\n*1\r\n$-1\r\n", "*2\r\n$-1\r\n*1\r\n:1\r\n",
        "*4\r\n:-1\r\n:9223372036854775807\r\n*1\r\n:1\r\n:-9223372036854775808\r\n",
        "*4\r\n$1\r\n0\r\n:9223372036854775807\r\n:9223372036854775807\r\n*0\r\n", "*1\r\n*1\r\n*1\r\n:1\r\n",
        "%1\r\n+a\r\n:1\r\n", ">2\r\n+invalidate\r\n*0\r\n", "|1\r\n+a\r\n+b\r\n:1\r\n", "~1\r\n:1\r\n",
        ",inf\r\n", "#t\r\n", "(123456789012345678901234567890\r\n", "=7\r\ntxt:abc\r\n", "!5\r\nERR x\r\n",
        "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n",
        "*5\r\n$7\r\nclaimed\r\n:-9223372036854775808\r\n"
            + ":9223372036854775807\r\n:1\r\n:1\r\n", "*2147483647\r\n", "$536870912\r\nabc",
        "*4294967296\r\n",
    ]
}
