import Bytes

/// Turns the state of the brakes into bytes for the store and back.
enum BrakesCoder {
    private static let version: UInt64 = 1

    static func encode(_ brakes: Brakes) -> ByteString {
        var writer = ByteWriter()
        writer.write(version)
        writer.write(brakes.everythingSince) { $0.write(Int($1)) }
        writer.write(brakes.rulesSince.sorted { $0.key < $1.key }) { writer, rule in
            writer.write(rule.key)
            writer.write(Int(rule.value))
        }
        return ByteString(writer.bytes)
    }

    /// What cannot be read holds everything: a brake that somebody pulled must not come loose.
    static func decode(_ bytes: ByteString) -> Brakes {
        (try? read(bytes)) ?? Brakes(everythingSince: 0)
    }

    private static func read(_ bytes: ByteString) throws(ByteReader.Damage) -> Brakes {
        var reader = ByteReader(bytes.bytes)
        guard try reader.number() == version else { throw reader.damage }
        var brakes = Brakes()
        brakes.everythingSince = try reader.optional { reader throws(ByteReader.Damage) in
            Int64(try reader.integer())
        }
        for rule in try reader.list({ reader throws(ByteReader.Damage) in
            (name: try reader.text(), since: Int64(try reader.integer()))
        }) { brakes.rulesSince[rule.name] = rule.since }
        guard reader.isAtEnd else { throw reader.damage }
        return brakes
    }
}
