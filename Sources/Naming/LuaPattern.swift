public import Bytes

extension Conventions {
    /// Each protected pattern as an anchored pattern of Redis's Lua 5.1, for scripts that remove keys.
    ///
    /// They match what `isProtected` accepts; where a repeated capture could split in several ways, Lua tries
    /// them all and so protects more.
    public func protectLuaPatterns() -> [ByteString] { luaProtections }
}

/// Translates patterns for `string.find`.
enum LuaPattern {
    static func text(for pattern: Pattern) -> ByteString {
        var writer = Writer(pattern: pattern)
        writer.result.append(0x5e)
        for (index, segment) in pattern.segments.enumerated() {
            if index > 0 { writer.literal(pattern.separator) }
            for atom in segment { writer.write(atom) }
        }
        if pattern.hasRest {
            if !pattern.segments.isEmpty { writer.literal(pattern.separator) }
            writer.result += Array(".+".utf8)
        }
        writer.result.append(ASCII.dollar)
        return ByteString(writer.result)
    }

    private struct Writer {
        let pattern: Pattern
        var result: [UInt8] = []
        /// Lua's numbers of captures that occur again: only those need to be remembered.
        private var remembered: [Int: Int] = [:]

        init(pattern: Pattern) { self.pattern = pattern }

        mutating func write(_ atom: Atom) {
            switch atom {
            case .literal(let bytes): for byte in bytes { literal(byte) }
            case .any: segment()
            case .capture(let number):
                if let place = remembered[number] {
                    result += Array("%\(place)".utf8)
                } else if occurrences(of: atom) > 1, remembered.count < 9 {
                    remembered[number] = remembered.count + 1
                    result.append(0x28)
                    segment()
                    result.append(0x29)
                } else {
                    segment()
                }
            }
        }

        /// A byte as itself: Lua takes `%` before anything but letters and digits as an escape, and `%z` for
        /// NUL.
        mutating func literal(_ byte: UInt8) {
            if byte == 0 {
                result += Array("%z".utf8)
                return
            }
            let isWord = (0x30...0x39).contains(byte) || (0x41...0x5a).contains(ASCII.uppercased(byte))
            if !isWord { result.append(0x25) }
            result.append(byte)
        }

        private mutating func segment() {
            result += Array("[^".utf8)
            literal(pattern.separator)
            result += Array("]+".utf8)
        }

        private func occurrences(of atom: Atom) -> Int {
            pattern.segments.joined().count { $0 == atom }
        }
    }
}
