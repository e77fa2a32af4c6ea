import Bytes

/// Tells patterns that mean something else than the globs of KEYS and SCAN, which look the same.
enum GlobLikeness {
    /// Why a pattern is probably meant as a glob, of which it would match other keys; nil where it is not.
    static func problem(_ pattern: ByteString) -> String? {
        let sign: String
        if unescaped(pattern).contains(0x3f) {
            sign = "?"
        } else if let open = unescaped(pattern).firstIndex(of: 0x5b),
            unescaped(pattern)[open...].contains(0x5d)
        {
            sign = "["
        } else {
            return nil
        }
        return
            "'\(pattern)' looks like a glob, but in a pattern '\(sign)' stands for itself: '*' and {name} are"
            + " bytes within a segment, '**' all segments that follow; add FORCE if '\(sign)' is meant."
            + " Nothing was done"
    }

    /// What to know of a `*` that a glob would let go on over separators.
    static func note(_ pattern: ByteString) -> String? {
        let bytes = unescaped(pattern)
        let isDouble = zip(bytes, bytes.dropFirst()).contains { $0 == ASCII.asterisk && $1 == ASCII.asterisk }
        guard bytes.contains(ASCII.asterisk), !isDouble else { return nil }
        return "a pattern is no glob: '*' ends at the next separator, '**' takes all segments that follow"
    }

    /// The pattern without what a backslash escapes.
    private static func unescaped(_ pattern: ByteString) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while index < pattern.count {
            if pattern.bytes[index] == 0x5c {
                index += 2
            } else {
                bytes.append(pattern.bytes[index])
                index += 1
            }
        }
        return bytes
    }
}
