import TestSupport

/// Damaged messages.
enum Mutant {
    /// One of the messages, or two, with a few bytes changed, removed, inserted or cut off; never empty.
    static func of(_ messages: [[UInt8]], _ seed: inout Seed) -> [UInt8] {
        var bytes = messages.randomElement(using: &seed) ?? []
        if Bool.random(using: &seed) { bytes += messages.randomElement(using: &seed) ?? [] }
        for _ in 0..<Int.random(in: 1...4, using: &seed) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &seed)
            switch Int.random(in: 0..<4, using: &seed) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &seed)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array("*$-+:|>%\r\n019".utf8).randomElement(using: &seed) ?? 0, at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes.isEmpty ? [0x2a] : bytes
    }
}
