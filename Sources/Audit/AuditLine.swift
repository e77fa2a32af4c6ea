/// A line of the chain as bytes: which part is hashed, and with what result.
struct AuditLine {
    /// The line as it was hashed.
    let canonical: [UInt8]
    /// The hash that the line claims.
    let hash: [UInt8]

    /// Splits a line without its newline; nil when it does not end in a hash.
    init?(_ line: [UInt8]) {
        let bodyCount = line.count - ChainLink.trailerLength
        guard bodyCount > 1 else { return nil }
        let trailer = line[bodyCount...]
        guard trailer.starts(with: ChainLink.hashPrefix),
            trailer.reversed().starts(with: ChainLink.hashSuffix.reversed())
        else { return nil }
        canonical = line[..<bodyCount] + [UInt8(ascii: "}")]
        hash = Array(trailer.dropFirst(ChainLink.hashPrefix.count).prefix(64))
    }

    /// The link that the line makes, or nil when its hash is not that of its bytes after `previous`.
    ///
    /// Without `previous`, the line's own `prev` is believed.
    func link(after previous: String?) -> ChainLink? {
        guard let json = JSONParser.parse(canonical), let sequence = json["seq"]?.integer, sequence > 0,
            let prev = json["prev"]?.text, previous == nil || prev == previous
        else { return nil }
        var digest = SHA256()
        let expected = digest.hexadecimal(Array(prev.utf8).span, canonical.span)
        guard expected == hash else { return nil }
        return ChainLink(sequence: UInt64(sequence), hash: String(decoding: hash, as: UTF8.self))
    }
}
