import TestSupport

/// Commands that change what the connection is.
extension StampClient {
    func select(_ talk: Conversation) throws(Conversation.End) {
        let database = chance(4)
        talk.ask(["SELECT", "\(database)"], .exactly(.simple("OK")))
        talk.database = database
        if chance(2) == 0 { addRequest(to: talk) }
        try talk.exchange()
    }

    func hello(_ talk: Conversation) throws(Conversation.End) {
        guard talk.channels.isEmpty, talk.patterns.isEmpty else { return }
        let version = 2 + chance(2)
        var arguments = ["HELLO", "\(version)"]
        talk.version = version
        if chance(4) == 0 {
            let user = StampStage.users[chance(StampStage.users.count)]
            arguments += ["AUTH", user, StampStage.password(of: user)]
            talk.user = user
        }
        talk.ask(arguments, .hello(version: version))
        if chance(2) == 0 { addRequest(to: talk) }
        try talk.exchange()
    }

    /// Logs in, rightly or wrongly, and asks Redis who this is.
    func identity(_ talk: Conversation) throws(Conversation.End) {
        let user = StampStage.users[chance(StampStage.users.count)]
        if chance(4) == 0 {
            talk.ask(["AUTH", user, "wrong"], .errorBeginning("WRONGPASS"))
        } else {
            talk.ask(["AUTH", user, StampStage.password(of: user)], .exactly(.simple("OK")))
            talk.user = user
        }
        talk.ask(["ACL", "WHOAMI"], .exactly(.bulk(talk.user ?? "default")))
        addRequest(to: talk)
        try talk.exchange()
    }

    func names(_ talk: Conversation) throws(Conversation.End) {
        switch chance(4) {
        case 0:
            let name = stamp()
            talk.ask(["CLIENT", "SETNAME", name], .exactly(.simple("OK")))
            talk.name = name
        case 1:
            talk.ask(["CLIENT", "ID"], talk.identifier.map { .exactly($0) } ?? .anyInteger)
            try talk.exchange()
            talk.identifier = talk.lastReply
        case 2: talk.ask(["ACL", "WHOAMI"], .exactly(.bulk(talk.user ?? "default")))
        default: break
        }
        talk.ask(["CLIENT", "GETNAME"], .exactly(talk.name.map { .bulk($0) } ?? .null))
        try talk.exchange()
    }

    func reset(_ talk: Conversation) throws(Conversation.End) {
        if !talk.isSubscribedInRESP2 { addRequest(to: talk) }
        // The reply to RESET comes after the version has changed back.
        talk.version = 2
        talk.ask(["RESET"], .exactly(.simple("RESET")))
        talk.database = 0
        talk.user = nil
        talk.name = nil
        talk.identifier = nil
        talk.isTracking = false
        talk.channels = []
        talk.patterns = []
        addRequest(to: talk)
        try talk.exchange()
    }

    /// Turns replies off for a while, or for one command.
    func mutedReplies(_ talk: Conversation) throws(Conversation.End) {
        if chance(2) == 0 {
            talk.isMuted = true
            talk.ask(["CLIENT", "REPLY", "OFF"], nil)
            for _ in 0...chance(5) { addRequest(to: talk) }
            talk.isMuted = false
            talk.ask(["CLIENT", "REPLY", "ON"], .exactly(.simple("OK")))
        } else {
            talk.isMuted = true
            talk.ask(["CLIENT", "REPLY", "SKIP"], nil)
            addRequest(to: talk)
            talk.isMuted = false
        }
        echo(talk)
        try talk.exchange()
    }

    func tracking(_ talk: Conversation) throws(Conversation.End) {
        guard talk.version == 3, !talk.isTracking else { return }
        talk.ask(["CLIENT", "TRACKING", "ON"], .exactly(.simple("OK")))
        talk.isTracking = true
        let key = key(.plain, talk)
        get(key, talk)
        set(key, talk)
        addRequest(to: talk)
        try talk.exchange()
    }

    func transaction(_ talk: Conversation) throws(Conversation.End) {
        let isStepwise = chance(3) == 0
        if chance(4) == 0 {
            talk.ask(["WATCH", keys.name(of: key(.plain, talk))], .exactly(.simple("OK")))
            if isStepwise { try talk.exchange() }
        }
        talk.ask(["MULTI"], .exactly(.simple("OK")))
        var results: [Expectation] = []
        for _ in 0...chance(8) {
            if isStepwise, chance(2) == 0 { try talk.exchange() }
            results.append(addQueued(to: talk))
        }
        if isStepwise { try talk.exchange() }
        talk.ask(["EXEC"], .list(results))
        if chance(3) == 0 { addRequest(to: talk) }
        try talk.exchange()
        talk.queued = []
    }

    /// Adds a request to a transaction and returns what EXEC must answer for it.
    private func addQueued(to talk: Conversation) -> Expectation {
        let key = key([OwnKeys.Kind.plain, .hot, .source, .view][chance(4)], talk)
        switch chance(6) {
        case 0, 1:
            let value = chance(4) == 0 ? self.value() : small()
            talk.ask(
                [Array("SET".utf8), Array(keys.name(of: key).utf8), value.bytes],
                .exactly(.simple("QUEUED")))
            talk.queued.append(key)
            keys.wrote(value, to: key, epoch: epoch)
            return .exactly(.simple("OK"))
        case 2, 3:
            talk.ask(["GET", keys.name(of: key)], .exactly(.simple("QUEUED")))
            return expectation(of: key)
        case 4:
            let database = chance(4)
            talk.ask(["SELECT", "\(database)"], .exactly(.simple("QUEUED")))
            talk.database = database
            return .exactly(.simple("OK"))
        default:
            let value = small()
            talk.ask([Array("ECHO".utf8), value.bytes], .exactly(.simple("QUEUED")))
            return .value(value)
        }
    }
}
