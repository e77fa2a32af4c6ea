import FuzzProperties
import TestSupport

/// Damages inputs as a fuzzer does, and repeatably.
struct Mutator {
    private let inputs: [[UInt8]]
    private let words: [[UInt8]]

    init(_ target: FuzzTarget, inputs: [[UInt8]]) {
        self.inputs = inputs
        words = Self.words(target).map { Array($0.utf8) }
    }

    private static func words(_ target: FuzzTarget) -> [String] {
        switch target {
        case .requests:
            ["\r\n", "*1\r\n", "$1\r\n", "$0\r\n\r\n", "$-1", "*2147483647\r\n", "PING\r\n", "\"", "'", "\0"]
        case .replies:
            ["\r\n", "*2\r\n", "$-1\r\n", "|1\r\n", "%1\r\n", ">3\r\n", ":-1\r\n", "_\r\n", "+subscribe\r\n"]
        case .configurations:
            [
                "\n", "tag ", "depend a:{x} on ", "rule r on ", "protect ", "{x}", ":**", "*", "/", "${",
                "\"", "#",
            ]
        case .commands:
            [
                " ", " STORE", " GET", " NX", " 0", " -1", " 9223372036854775807", " STREAMS", " KEYS", " EX",
                " FIELDS",
            ]
        }
    }

    /// One of the inputs, changed in one to five places.
    func input(_ seed: inout Seed) -> [UInt8] {
        var bytes = inputs.randomElement(using: &seed) ?? []
        for _ in 0..<Int.random(in: 1...5, using: &seed) {
            let place = Int.random(in: 0...bytes.count, using: &seed)
            switch Int.random(in: 0..<6, using: &seed) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &seed)
            case 1:
                bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...9, using: &seed)))
            case 2: bytes.insert(contentsOf: words.randomElement(using: &seed) ?? [], at: place)
            case 3:
                let other = inputs.randomElement(using: &seed) ?? []
                bytes.replaceSubrange(place..., with: other.suffix(other.count - min(place, other.count)))
            case 4: bytes.insert(contentsOf: bytes.prefix(place).suffix(20), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return Array(bytes.prefix(8192))
    }
}
