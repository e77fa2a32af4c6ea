public import Bytes

/// Redis's own patterns for names: `*`, `?`, `[a-z]`, `[^a-z]` and `\` before what is meant as it stands.
public enum Glob {
    /// Whether `name` matches. Takes time in proportion to both lengths multiplied, however many stars.
    public static func matches(_ pattern: ByteString, _ name: ByteString) -> Bool {
        let (pattern, name) = (pattern.bytes, name.bytes)
        var (place, position) = (0, 0)
        var retry: (place: Int, position: Int)?
        while position < name.count {
            if place < pattern.count, pattern[place] == ASCII.asterisk {
                place += 1
                retry = (place, position)
            } else if let next = step(pattern, place, name[position]) {
                place = next
                position += 1
            } else if let last = retry {
                retry = (last.place, last.position + 1)
                (place, position) = (last.place, last.position + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == ASCII.asterisk }
    }

    /// The place behind what matches `byte` at `place`; nil when nothing does.
    private static func step(_ pattern: [UInt8], _ place: Int, _ byte: UInt8) -> Int? {
        guard place < pattern.count else { return nil }
        switch pattern[place] {
        case 0x3f: return place + 1
        case 0x5b: return set(pattern, place + 1, byte)
        case 0x5c where place + 1 < pattern.count: return pattern[place + 1] == byte ? place + 2 : nil
        default: return pattern[place] == byte ? place + 1 : nil
        }
    }

    private static func set(_ pattern: [UInt8], _ start: Int, _ byte: UInt8) -> Int? {
        var place = start
        let isNegated = place < pattern.count && pattern[place] == 0x5e
        if isNegated { place += 1 }
        var isFound = false
        while place < pattern.count, pattern[place] != 0x5d {
            if pattern[place] == 0x5c, place + 1 < pattern.count { place += 1 }
            if place + 2 < pattern.count, pattern[place + 1] == ASCII.minus, pattern[place + 2] != 0x5d {
                let (low, high) = (pattern[place], pattern[place + 2])
                if (min(low, high)...max(low, high)).contains(byte) { isFound = true }
                place += 3
            } else {
                if pattern[place] == byte { isFound = true }
                place += 1
            }
        }
        return isFound != isNegated ? min(place + 1, pattern.count) : nil
    }
}
