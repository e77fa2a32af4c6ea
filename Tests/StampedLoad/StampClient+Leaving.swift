import TestSupport

/// Clients that do not wait for their replies, or not to the end.
extension StampClient {
    /// Asks for more than the proxy keeps for a client, and reads it late.
    func slowReader(_ talk: Conversation) throws(Conversation.End) {
        let key = key(.plain, talk)
        set(key, talk, StampedValue(stamp: stamp(), size: 40_000 + chance(100_000)))
        for _ in 0..<10 + chance(20) { get(key, talk) }
        try talk.send()
        pause(milliseconds: chance(100))
        try talk.readAll()
    }

    func vanishInRequest(_ talk: Conversation) throws(Conversation.End) {
        for _ in 0...chance(4) { addRequest(to: talk) }
        try talk.leaveInRequest()
    }

    /// Leaves with replies under way, having read some bytes of them.
    func vanishInReply(_ talk: Conversation) throws(Conversation.End) {
        for _ in 0...chance(20) { addRequest(to: talk) }
        try talk.send()
        talk.connection.limitMilliseconds = 50
        if chance(2) == 0 { _ = try? talk.connection.readBytes(1 + chance(2000)) }
        throw .left
    }

    func vanishWhileBlocked(_ talk: Conversation) throws(Conversation.End) {
        talk.ask(["BLPOP", "list:\(number):nothing", "0"], .exactly(.null))
        if chance(2) == 0 { addRequest(to: talk) }
        try talk.send()
        pause(milliseconds: chance(10))
        throw .left
    }

    /// Says that nothing more will come, and still gets every reply, then the end.
    func halfClose(_ talk: Conversation) throws(Conversation.End) {
        for _ in 0...chance(8) { addRequest(to: talk) }
        try talk.send()
        talk.connection.halfClose()
        try talk.readAll()
        try talk.expectEnd()
        throw .left
    }

    func quit(_ talk: Conversation) throws(Conversation.End) {
        if chance(2) == 0 { addRequest(to: talk) }
        talk.ask(["QUIT"], .exactly(.simple("OK")))
        try talk.exchange()
        try talk.expectEnd()
        throw .left
    }
}
