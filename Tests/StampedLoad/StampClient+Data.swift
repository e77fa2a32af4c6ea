import TestSupport

/// Commands without connection state, whose replies are of every type.
extension StampClient {
    func single(_ talk: Conversation) throws(Conversation.End) {
        addRequest(to: talk)
        try talk.exchange()
    }

    func pipeline(_ talk: Conversation) throws(Conversation.End) {
        for _ in 0...chance(32) { addRequest(to: talk) }
        try talk.exchange()
    }

    /// Adds one request with what its reply must be.
    func addRequest(to talk: Conversation) {
        switch chance(26) {
        case 0..<5: set(key(.plain, talk), talk)
        case 5..<9: get(key(.plain, talk), talk)
        case 9: multipleGet(talk)
        case 10..<12: echo(talk)
        case 12: inlineEcho(talk)
        case 13..<17: addScript(to: talk)
        case 17: addError(to: talk)
        case 18: hash(talk)
        case 19: delete(talk)
        case 20: scan(talk)
        case 21: set(key(.hot, talk), talk)
        case 22: get(key(.hot, talk), talk)
        case 23: set(key(.source, talk), talk)
        case 24: set(key(.view, talk), talk)
        default: get(key(.view, talk), talk)
        }
    }

    func key(_ kind: OwnKeys.Kind, _ talk: Conversation) -> OwnKeys.Key {
        OwnKeys.random(kind, database: talk.database, &seed)
    }

    func set(_ key: OwnKeys.Key, _ talk: Conversation, _ value: StampedValue? = nil) {
        let value = value ?? self.value()
        talk.ask(
            [Array("SET".utf8), Array(keys.name(of: key).utf8), value.bytes], .exactly(.simple("OK")),
            touches: [key])
        keys.wrote(value, to: key, epoch: epoch)
    }

    func get(_ key: OwnKeys.Key, _ talk: Conversation) {
        talk.ask(["GET", keys.name(of: key)], expectation(of: key))
    }

    func expectation(of key: OwnKeys.Key) -> Expectation {
        guard let content = keys.content(of: key) else { return .exactly(.null) }
        if key.kind == .view || key.kind == .hot { return .storedOrInvalidated(content.value) }
        return .stored(content.value, epoch: content.epoch)
    }

    private func multipleGet(_ talk: Conversation) {
        let wanted = (0...chance(4)).map { _ in key(.plain, talk) }
        talk.ask(["MGET"] + wanted.map { keys.name(of: $0) }, .list(wanted.map { expectation(of: $0) }))
    }

    func echo(_ talk: Conversation) {
        let value = chance(2) == 0 ? self.value() : small()
        let command = chance(2) == 0 ? "ECHO" : "PING"
        talk.ask([Array(command.utf8), value.bytes], .value(value))
    }

    private func inlineEcho(_ talk: Conversation) {
        let text = stamp()
        talk.append(Array("echo \"\(text)\"\r\n".utf8), .exactly(.bulk(text)))
    }

    /// A script answers with whatever type it is asked for, stamped.
    private func addScript(to talk: Conversation) {
        let text = stamp()
        let number = number * 1_000_000_000 + chance(1_000_000_000)
        let (script, reply): (String, Reply) =
            switch chance(6) {
            case 0: ("return ARGV[1]", .bulk(text))
            case 1: ("return tonumber(ARGV[2])", .integer(number))
            case 2: ("return redis.status_reply(ARGV[1])", .simple(text))
            case 3: ("return redis.error_reply('OWN '..ARGV[1])", .error("OWN \(text)"))
            case 4:
                (
                    "return {ARGV[1],{tonumber(ARGV[2]),redis.status_reply(ARGV[1])}}",
                    .array([.bulk(text), .array([.integer(number), .simple(text)])])
                )
            default:
                talk.version == 3
                    ? (
                        "redis.setresp(3) return {map={[ARGV[1]]=ARGV[2]}}",
                        .map([.bulk(text), .bulk("\(number)")])
                    )
                    : ("return {}", .array([]))
            }
        talk.ask(["EVAL", script, "0", text, "\(number)"], .exactly(reply))
    }

    private func addError(to talk: Conversation) {
        let text = stamp()
        if chance(2) == 0 {
            talk.ask(["NO.\(text)", "x"], .errorBeginning("ERR unknown command 'NO.\(text)'"))
        } else {
            talk.ask(["GET", text, text], .errorBeginning("ERR wrong number of arguments for 'get' command"))
        }
    }

    private func hash(_ talk: Conversation) {
        let key = key(.hash, talk)
        let name = keys.name(of: key)
        if let content = keys.content(of: key), chance(3) > 0 {
            talk.ask(["HGETALL", name], .hash("field", content.value, epoch: content.epoch))
        } else {
            let value = small()
            let isNew = keys.content(of: key) == nil
            let reply = Expectation.exactly(.integer(isNew ? 1 : 0))
            talk.ask(
                [Array("HSET".utf8), Array(name.utf8), Array("field".utf8), value.bytes],
                .unlessLost(reply, or: .integer(1), epoch: keys.content(of: key)?.epoch ?? epoch),
                touches: [key])
            keys.wrote(value, to: key, epoch: epoch)
        }
    }

    private func delete(_ talk: Conversation) {
        let key = key(.plain, talk)
        let content = keys.content(of: key)
        let reply = Expectation.exactly(.integer(content == nil ? 0 : 1))
        talk.ask(
            [chance(2) == 0 ? "DEL" : "UNLINK", keys.name(of: key)],
            .unlessLost(reply, or: .integer(0), epoch: content?.epoch ?? epoch), touches: [key])
        keys.wrote(nil, to: key, epoch: epoch)
    }

    private func scan(_ talk: Conversation) {
        let prefix = "plain:\(number):"
        talk.ask(["SCAN", "0", "MATCH", prefix + "*", "COUNT", "20"], .scan(prefix: prefix))
    }
}
