import TestSupport

/// Random pipelines: valid commands, inline commands, and frames that something has happened to.
///
/// Left out: what varies by nature (times, random members, orders of hashes), what stops a server, and NUL
/// bytes and array lengths beyond a million, where Freshet differs deliberately.
struct PipelineGenerator {
    private var seed: Seed
    private var isBroken = false
    /// Whether a pipeline has `CLIENT REPLY`, or else subscriptions and transactions: where they meet, the
    /// proxy can no longer follow, and dropped replies show again (a documented divergence).
    private var hasReplyModes = false

    init(_ seed: Seed) { self.seed = seed }

    /// What the last reply of a canonical pipeline ends with; a broken one has no such end.
    var marker: [UInt8]? { isBroken ? nil : Array("the end\r\n".utf8) }

    /// One pipeline in four is canonical throughout, has values beyond 64 KiB, and ends in a marker.
    ///
    /// The others stay small. Whether Redis refuses a line of 64 KiB depends on how much of it one read sees,
    /// and whether it delivers more than 64 KiB of replies to a client that half-closed, on what it happens
    /// to do first.
    mutating func pipeline() -> [UInt8] {
        isBroken = Int.random(in: 0..<4, using: &seed) > 0
        hasReplyModes = Bool.random(using: &seed)
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...25, using: &seed) { bytes += request() }
        if isBroken { return bytes }
        return bytes + RequestEncoding.command(["RESET"]) + RequestEncoding.command(["ECHO", "the end"])
    }

    /// Up to eight ascending offsets to cut `count` bytes at.
    mutating func cuts(of count: Int) -> [Int] {
        guard count > 1 else { return [] }
        let wanted = Int.random(in: 0...8, using: &seed)
        return (0..<wanted).map { _ in Int.random(in: 1..<count, using: &seed) }.sorted()
    }

    private mutating func request() -> [UInt8] {
        let words = command().map { Array($0.utf8) }
        let frame = RequestEncoding.command(words)
        switch isBroken ? Int.random(in: 0..<100, using: &seed) : 0 {
        case 0..<72: return frame
        case 72..<86: return words.reduce([]) { $0.isEmpty ? $1 : $0 + [32] + $1 } + lineEnd()
        case 86..<90:
            return [[13, 10], Array("*0\r\n".utf8), Array("*-1\r\n".utf8), [10]].randomElement(using: &seed)!
        default: return mutated(frame)
        }
    }

    private mutating func lineEnd() -> [UInt8] { Bool.random(using: &seed) ? [13, 10] : [10] }

    private mutating func mutated(_ frame: [UInt8]) -> [UInt8] {
        var bytes = frame
        let place = Int.random(in: 0..<bytes.count, using: &seed)
        switch Int.random(in: 0..<5, using: &seed) {
        case 0: flipBit(of: &bytes[place])
        case 1: bytes.removeSubrange(place...)
        case 2: bytes.insert(contentsOf: bytes[place..<min(place + 3, bytes.count)], at: place)
        case 3: bytes.remove(at: place)
        default: changeLength(in: &bytes)
        }
        return bytes
    }

    private mutating func flipBit(of byte: inout UInt8) {
        let flipped = byte ^ (1 << UInt8.random(in: 0..<8, using: &seed))
        byte = flipped == 0 ? byte : flipped
    }

    /// Puts another number behind one of the `$` or `*`.
    private mutating func changeLength(in bytes: inout [UInt8]) {
        let marks = bytes.indices.filter { bytes[$0] == UInt8(ascii: "$") || bytes[$0] == UInt8(ascii: "*") }
        guard let mark = marks.randomElement(using: &seed) else { return }
        let end = bytes[mark...].firstIndex(of: 13) ?? bytes.count
        let length = ["-1", "0", "1", "7", "64", "+3", "03", "x", "", " 2"].randomElement(using: &seed)!
        bytes.replaceSubrange(mark + 1..<end, with: Array(length.utf8))
    }

    private mutating func key() -> String {
        ["k0", "k1", "k2", "tagged:1:x", "tagged:2:y"].randomElement(using: &seed)!
    }

    private mutating func value() -> String {
        switch Int.random(in: 0..<10, using: &seed) {
        case 0: ""
        case 1: String(repeating: "v", count: Int.random(in: 1...(isBroken ? 1000 : 200_000), using: &seed))
        default: "\(Int.random(in: -5...500, using: &seed))"
        }
    }

    private mutating func command() -> [String] {
        let key = key()
        let small = "\(Int.random(in: 0...9, using: &seed))"
        switch Int.random(in: 0..<34, using: &seed) {
        case 0, 1, 2: return ["SET", key, value()]
        case 3, 4, 5: return ["GET", key]
        case 6: return ["DEL", key, self.key()]
        case 7: return ["INCR", key]
        case 8: return ["APPEND", key, small]
        case 9: return ["MGET", key, self.key()]
        case 10: return ["MSET", key, value(), self.key(), value()]
        case 11: return ["LPUSH", "l\(small)", value()]
        case 12: return ["LPOP", "l\(small)"]
        case 13: return ["HSET", "h\(small)", "f", value()]
        case 14: return ["HGETALL", "h\(small)"]
        case 15: return ["SADD", "s\(small)", small]
        case 16: return ["ZADD", "z\(small)", small, "m"]
        case 17: return ["ZRANGE", "z\(small)", "0", "-1", "WITHSCORES"]
        case 18: return ["SET", key, value(), "NX"]
        case 19: return ["RENAME", key, self.key()]
        case 20 where !hasReplyModes, 21 where !hasReplyModes: return ["MULTI"]
        case 22, 23, 24: return ["EXEC"]
        case 25: return ["SELECT", small]
        case 26 where hasReplyModes:
            return ["CLIENT", "REPLY", ["SKIP", "ON", "OFF"].randomElement(using: &seed)!]
        case 27: return ["WATCH", key]
        case 28: return ["EVAL", "return redis.call('GET', KEYS[1])", "1", key]
        case 29: return ["HELLO", ["2", "3", "4"].randomElement(using: &seed)!]
        case 30 where !hasReplyModes: return ["SUBSCRIBE", "c\(small)"]
        case 31 where !hasReplyModes: return ["UNSUBSCRIBE", "c\(small)"]
        case 32: return ["RESET"]
        default: return ["ECHO", value()]
        }
    }
}
