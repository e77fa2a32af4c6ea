/// A reproducible source of randomness (SplitMix64) that knows the seed it came from.
///
/// `FRESHET_SEED` in the environment repeats a run; tests put `description` into every failure.
public struct Seed: RandomNumberGenerator, CustomStringConvertible, Sendable {
    public let value: UInt64
    private var state: UInt64

    public init(_ value: UInt64) {
        self.value = value
        state = value
    }

    /// The seed of `FRESHET_SEED`, or a new one.
    public static func ofThisRun() -> Seed {
        if let text = ProcessEnvironment["FRESHET_SEED"], let value = UInt64(text) { return Seed(value) }
        return Seed(UInt64.random(in: 0...UInt64(UInt32.max)))
    }

    /// An independent stream for case `number`, so that one failing case repeats without those before it.
    public func derived(_ number: Int) -> Seed {
        Seed(value &+ UInt64(truncatingIfNeeded: number) &* 0x9e37_79b9_7f4a_7c15)
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    public var description: String { "FRESHET_SEED=\(value)" }
}
