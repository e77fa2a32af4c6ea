import Bytes

/// A template ready to be filled in with what a pattern bound.
struct Filling: Sendable {
    private enum Piece: Sendable {
        case bytes([UInt8])
        case capture(Int)
    }

    private let pieces: [Piece]
    /// How many bytes of the result are always the same.
    private let knownCount: Int

    /// Prepares `template` for matches of `pattern`, with `prefix` in front.
    ///
    /// What `pattern` does not bind, or is not in `captures` when those are given, stays as written.
    init(
        _ template: Pattern, from pattern: Pattern, prefix: [UInt8] = [], sharing captures: Set<String>? = nil
    ) {
        var pieces: [Piece] = []
        var bytes = prefix
        for (index, segment) in template.segments.enumerated() {
            if index > 0 { bytes.append(template.separator) }
            for atom in segment {
                switch atom {
                case .literal(let literal): bytes += literal
                case .any: bytes.append(ASCII.asterisk)
                case .capture(let number):
                    let name = template.captures[number]
                    if let source = pattern.number(of: name), captures?.contains(name) ?? true {
                        pieces += [.bytes(bytes), .capture(source)]
                        bytes = []
                    } else {
                        bytes += Array("{\(name)}".utf8)
                    }
                }
            }
        }
        if template.hasRest {
            if !template.segments.isEmpty { bytes.append(template.separator) }
            bytes += Array("**".utf8)
        }
        self.pieces = pieces + [.bytes(bytes)]
        knownCount = self.pieces.reduce(0) { if case .bytes(let bytes) = $1 { $0 + bytes.count } else { $0 } }
    }

    /// The template with `ranges` of `key` filled in.
    func filled(from key: Span<UInt8>, _ ranges: [Range<Int>]) -> ByteString {
        var result = ByteString()
        result.bytes.reserveCapacity(knownCount + ranges.reduce(0) { $0 + $1.count })
        for piece in pieces {
            switch piece {
            case .bytes(let bytes): result.bytes += bytes
            case .capture(let number):
                for index in ranges[number] { result.bytes.append(key[index]) }
            }
        }
        return result
    }
}
