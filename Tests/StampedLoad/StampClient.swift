import Synchronization
import TestSupport

/// A client that stamps all it writes, and knows what every reply must be.
final class StampClient {
    let number: Int
    let stage: StampStage
    var seed: Seed
    var keys: OwnKeys
    private var sequence = 0

    init(_ number: Int, _ stage: StampStage, seed: Seed) {
        self.number = number
        self.stage = stage
        self.seed = seed
        keys = OwnKeys(client: number)
    }

    /// Holds one conversation after the other until the run is over.
    func run() {
        while !stage.isOver.load(ordering: .relaxed) {
            sequence += 1
            guard let talk = try? Conversation(stage, client: number, seed: seed.derived(sequence)) else {
                pause(milliseconds: 20)
                continue
            }
            hold(talk)
        }
    }

    private func hold(_ talk: Conversation) {
        do throws(Conversation.End) {
            while !stage.isOver.load(ordering: .relaxed) { try playScene(talk) }
        } catch {
            for key in talk.uncertainKeys { keys.abandon(key) }
            if error == .left {
                stage.score.vanished.add(1, ordering: .relaxed)
            } else {
                pause(milliseconds: Int.random(in: 1...20, using: &seed))
            }
        }
    }

    private func playScene(_ talk: Conversation) throws(Conversation.End) {
        if talk.isSubscribedInRESP2 { return try goOnSubscribed(talk) }
        switch chance(100) {
        case 0..<30: try single(talk)
        case 30..<55: try pipeline(talk)
        case 55..<63: try transaction(talk)
        case 63..<68: try blockingPop(talk)
        case 68..<73: try subscription(talk)
        case 73..<77: try select(talk)
        case 77..<81: try hello(talk)
        case 81..<85: try mutedReplies(talk)
        case 85..<88: try names(talk)
        case 88..<90: try identity(talk)
        case 90..<92: try reset(talk)
        case 92: try tracking(talk)
        case 93: try publishToSomebody(talk)
        case 94: try slowReader(talk)
        case 95: try vanishInRequest(talk)
        case 96: try vanishInReply(talk)
        case 97: try vanishWhileBlocked(talk)
        case 98: try halfClose(talk)
        default: try quit(talk)
        }
    }

    func chance(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &seed) }

    var epoch: Int { stage.epoch.load(ordering: .sequentiallyConsistent) }

    /// A text that nothing else in the run is equal to.
    func stamp() -> String {
        sequence += 1
        return "c\(number).\(sequence)"
    }

    /// A value with a new stamp, of a size that matters: small, a page, around where streaming begins.
    func value() -> StampedValue {
        let threshold = stage.setup.streamThreshold
        let size =
            switch chance(40) {
            case 0..<30: 8 + chance(60)
            case 30..<36: 500 + chance(4000)
            case 36..<39: max(1, threshold - 120 + chance(160))
            default: threshold + chance(2 * threshold)
            }
        return StampedValue(stamp: stamp(), size: size)
    }

    func small() -> StampedValue { StampedValue(stamp: stamp(), size: 12 + chance(40)) }
}
