import TestSupport

/// One connection's worth of bytes, and everything that came back until the close.
enum Conversation {
    /// Sends `bytes` in pieces that end at `cuts` (ascending offsets), ends as `ending` says, reads to the
    /// close. With a `marker`, it is awaited before the end.
    static func replies(
        to bytes: [UInt8], cuts: [Int] = [], until marker: [UInt8]? = nil, ending: WireRow.Ending,
        from endpoint: Endpoint
    ) throws -> [UInt8] {
        let client = try RawClient(endpoint)
        var start = 0
        for cut in cuts where cut > start && cut < bytes.count {
            try client.send(Array(bytes[start..<cut]))
            separateSegments()
            start = cut
        }
        try client.send(Array(bytes[start...]))
        let before = try marker.map { try client.readThrough($0) } ?? []
        if ending == .halfClose { client.halfClose() }
        return try before + client.readToEnd()
    }
}
