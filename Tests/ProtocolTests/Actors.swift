/// What up to eight actors remember, in so few bits that millions of scenes can be told apart quickly.
struct Actors: Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    subscript(number: Int) -> Scene.Actor {
        get {
            let bits = number < 4 ? low : high
            return Scene.Actor(UInt16(truncatingIfNeeded: bits >> (16 * UInt64(number % 4))))
        }
        set {
            let shift = 16 * UInt64(number % 4)
            let bits = UInt64(newValue.bits) << shift
            let mask = UInt64(UInt16.max) << shift
            if number < 4 { low = low & ~mask | bits } else { high = high & ~mask | bits }
        }
    }
}

extension Scene.Actor {
    fileprivate init(_ bits: UInt16) {
        at = UInt8(bits & 0xf)
        version = UInt8(bits >> 4 & 0xf)
        episode = UInt8(bits >> 8 & 0xf)
        wasNew = bits & 1 << 12 != 0
        hasWritten = bits & 1 << 13 != 0
        mayHaveMissed = bits & 1 << 14 != 0
        beganSuspect = bits & 1 << 15 != 0
    }

    fileprivate var bits: UInt16 {
        UInt16(at) | UInt16(version) << 4 | UInt16(episode) << 8 | (wasNew ? 1 << 12 : 0)
            | (hasWritten ? 1 << 13 : 0) | (mayHaveMissed ? 1 << 14 : 0) | (beganSuspect ? 1 << 15 : 0)
    }
}
