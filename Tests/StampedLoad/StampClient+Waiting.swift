import TestSupport

/// Commands that wait, and messages that come by themselves.
extension StampClient {
    /// Pops from a list of its own, which another connection of the same client fills, now or later.
    func blockingPop(_ talk: Conversation) throws(Conversation.End) {
        let key = key(.list, talk)
        let name = keys.name(of: key)
        let value = small()
        keys.abandon(key)
        let popped = Expectation.list([.exactly(.bulk(name)), .value(value)])
        switch chance(3) {
        case 0:
            talk.ask([Array("RPUSH".utf8), Array(name.utf8), value.bytes], .exactly(.integer(1)))
            talk.ask(["BLPOP", name, "2"], .unlessLost(popped, or: .null, epoch: epoch))
            try talk.exchange()
        case 1:
            talk.ask(["BLPOP", name, "0.0\(1 + chance(5))"], .exactly(.null))
            if chance(2) == 0 { addRequest(to: talk) }
            try talk.exchange()
        default:
            talk.ask(["BLPOP", name, "1"], .oneOf([popped, .exactly(.null)]))
            if chance(2) == 0 { addRequest(to: talk) }
            try talk.send()
            aside(database: talk.database) { other in
                other.ask([Array("RPUSH".utf8), Array(name.utf8), value.bytes], .anyInteger)
            }
            try talk.readAll()
        }
    }

    /// Says something on another connection and returns whether it was answered.
    @discardableResult
    private func aside(database: Int, _ body: (Conversation) -> Void) -> Bool {
        guard let other = try? Conversation(stage, client: number, seed: seed.derived(chance(1 << 30))) else {
            return false
        }
        do throws(Conversation.End) {
            if database != 0 {
                other.ask(["SELECT", "\(database)"], .exactly(.simple("OK")))
                other.database = database
            }
            body(other)
            try other.exchange()
            return true
        } catch {
            return false
        }
    }

    func subscription(_ talk: Conversation) throws(Conversation.End) {
        subscribe(talk)
        try talk.exchange()
        try goOnSubscribed(talk)
    }

    func goOnSubscribed(_ talk: Conversation) throws(Conversation.End) {
        for _ in 0...chance(3) {
            try exchangeWhileSubscribed(talk)
            try hearOwnMessage(talk)
        }
        if chance(4) == 0 { return }
        if chance(4) == 0 { return try reset(talk) }
        unsubscribe(talk)
        addRequest(to: talk)
        try talk.exchange()
    }

    private func subscribe(_ talk: Conversation) {
        if chance(3) == 0 {
            let pattern = "ch:\(number):*"
            talk.patterns.insert(pattern)
            talk.ask(
                ["PSUBSCRIBE", pattern],
                .confirmation("psubscribe", channels: [pattern], count: talk.subscriptionCount))
            return
        }
        let names = (0...chance(3)).map { "ch:\(number):\($0)" }
        for (index, name) in names.enumerated() {
            talk.channels.insert(name)
            let expected = Expectation.confirmation(
                "subscribe", channels: [name], count: talk.subscriptionCount)
            if index == 0 {
                talk.ask(["SUBSCRIBE"] + names, expected)
            } else {
                talk.append([], expected)
            }
        }
    }

    private func exchangeWhileSubscribed(_ talk: Conversation) throws(Conversation.End) {
        if talk.version == 3 {
            addRequest(to: talk)
        } else {
            let value = small()
            talk.ask([Array("PING".utf8), value.bytes], .subscribedPong(value))
        }
        try talk.exchange()
    }

    /// Publishes to itself and waits for the message: it must come, or the connection must end.
    private func hearOwnMessage(_ talk: Conversation) throws(Conversation.End) {
        let payload = "to:\(number):\(stamp())"
        let channel = talk.channels.randomElement(using: &seed) ?? "ch:\(number):0"
        let isSent = aside(database: 0) { $0.ask(["PUBLISH", channel, payload], .anyInteger) }
        if isSent { try talk.awaitMessage(payload) }
    }

    private func unsubscribe(_ talk: Conversation) {
        for (kind, names) in [("unsubscribe", talk.channels), ("punsubscribe", talk.patterns)]
        where !names.isEmpty {
            for index in 1...names.count {
                if kind == "unsubscribe" { talk.channels = [] } else { talk.patterns = [] }
                let expected = Expectation.confirmation(
                    kind, channels: names, count: talk.subscriptionCount + names.count - index)
                if index == 1 { talk.ask([kind.uppercased()], expected) } else { talk.append([], expected) }
            }
        }
    }

    func publishToSomebody(_ talk: Conversation) throws(Conversation.End) {
        let other = chance(stage.clients)
        talk.ask(["PUBLISH", "ch:\(other):\(chance(4))", "to:\(other):\(stamp())"], .anyInteger)
        try talk.exchange()
    }
}
