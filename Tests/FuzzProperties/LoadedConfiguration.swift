import Bytes
import Config
import Synchronization

/// An input read as proxy.conf, and names to ask its conventions about.
struct LoadedConfiguration {
    static let environment = ["HOME": "/srv/freshet", "EMPTY": "", "ODD": "a b\"c"]

    let outcome: Loader.Outcome

    /// The input read last, since each property of a target asks for the same one.
    private static let latest = Mutex<(input: [UInt8], loaded: LoadedConfiguration?)>(([], nil))

    /// Nil for an input that names other files: what is in them is not for the input to say.
    static func of(_ input: [UInt8]) -> LoadedConfiguration? {
        let (known, loaded) = latest.withLock { $0 }
        if known == input, let loaded { return loaded }
        let fresh = LoadedConfiguration(input)
        latest.withLock { $0 = (input, fresh) }
        return fresh
    }

    private init?(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self).lowercased()
        guard !text.contains("inc"), !text.contains("-file"), !text.contains("\\x") else { return nil }
        outcome = Loader.load(bytes: input, environment: Self.environment)
    }

    /// Names made of the words of `input`: as they are, and with captures and wildcards filled in.
    static func names(in input: [UInt8]) -> [ByteString] {
        let words = Array(Set(input.split { $0 <= ASCII.space }.map { Array($0.prefix(300)) }).prefix(10))
        let sorted = words.sorted { $0.lexicographicallyPrecedes($1) }
        return (sorted.prefix(6) + sorted.map(filled).prefix(10)).map { ByteString($0) }
    }

    /// `page:{lang}:**` as `page:1:x:x`.
    private static func filled(_ word: [UInt8]) -> [UInt8] {
        var name: [UInt8] = []
        var index = 0
        while index < word.count {
            if word[index] == 0x7b, let end = word[index...].firstIndex(of: 0x7d) {
                name.append(0x31)
                index = end
            } else if word[index] == ASCII.asterisk {
                let isRest = index + 1 < word.count && word[index + 1] == ASCII.asterisk
                name += isRest ? Array("x:x".utf8) : [0x78]
                if isRest { index += 1 }
            } else {
                name.append(word[index])
            }
            index += 1
        }
        return name
    }
}
