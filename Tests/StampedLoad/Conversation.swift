import Synchronization
import TestSupport

/// One connection of a stamping client: requests gathered, sent, and their replies checked one by one.
final class Conversation {
    /// Why a conversation is over.
    enum End: Error {
        /// The connection ended, or something was noted as wrong.
        case ended
        /// The client leaves.
        case left
    }

    struct Request {
        let bytes: [UInt8]
        /// Nil when no reply is due.
        let expected: Expectation?
        let version: Int
        let touches: [OwnKeys.Key]
    }

    let connection: RawClient
    private let stage: StampStage
    private let client: Int
    private let beganCalm: Bool
    /// Whether the client leaves when a reply is not there soon, as clients with short timeouts do.
    private let isImpatient: Bool
    var seed: Seed

    var version = 2
    var database = 0
    var user: String?
    var name: String?
    /// The reply to CLIENT ID, once it was asked.
    var identifier: Reply?
    var channels: Set<String> = []
    var patterns: Set<String> = []
    var isTracking = false
    /// Whether messages or invalidations may still be under way, even after RESET.
    private var hasSubscribed = false
    private var hasTracked = false
    /// Whether `CLIENT REPLY` keeps replies back.
    var isMuted = false

    /// Keys that an open transaction will write.
    var queued: [OwnKeys.Key] = []

    /// Gathered and not yet sent.
    private(set) var gathered: [Request] = []
    /// Sent and not yet answered; of muted ones nobody knows.
    private var outstanding: [Request] = []
    private(set) var lastReply = Reply.null
    /// The last requests and replies of exchanges that are over.
    private var history: [String] = []

    init(_ stage: StampStage, client: Int, seed: Seed) throws {
        self.stage = stage
        self.client = client
        self.seed = seed
        beganCalm = stage.isCalm.load(ordering: .sequentiallyConsistent)
        isImpatient = Int.random(in: 0..<3, using: &self.seed) == 0
        connection = try RawClient(stage.endpoint, limitMilliseconds: isImpatient ? 30 : 30_000)
    }

    /// Keys whose content is unknown if the conversation ends now.
    var uncertainKeys: [OwnKeys.Key] { queued + (outstanding + gathered).flatMap(\.touches) }

    func ask(
        _ arguments: [[UInt8]], _ expected: Expectation?, touches: [OwnKeys.Key] = []
    ) {
        append(RequestEncoding.command(arguments), expected, touches: touches)
    }

    func ask(_ arguments: [String], _ expected: Expectation?, touches: [OwnKeys.Key] = []) {
        append(RequestEncoding.command(arguments), expected, touches: touches)
    }

    func append(_ bytes: [UInt8], _ expected: Expectation?, touches: [OwnKeys.Key] = []) {
        gathered.append(
            Request(bytes: bytes, expected: isMuted ? nil : expected, version: version, touches: touches))
    }

    /// Sends what is gathered and checks every reply to it.
    func exchange() throws(End) {
        try send()
        try readAll()
    }

    var isSubscribedInRESP2: Bool { version == 2 && subscriptionCount > 0 }

    var subscriptionCount: Int { channels.count + patterns.count }

    /// Sends what is gathered, but not to its end, and leaves.
    func leaveInRequest() throws(End) {
        let bytes = gathered.flatMap(\.bytes)
        outstanding += gathered
        gathered = []
        try sendBytes(Array(bytes.prefix(Int.random(in: 1..<bytes.count, using: &seed))))
        throw .left
    }

    /// Sends what is gathered, sometimes in pieces.
    func send() throws(End) {
        if subscriptionCount > 0 { hasSubscribed = true }
        if isTracking { hasTracked = true }
        let bytes = gathered.flatMap(\.bytes)
        var start = 0
        if Int.random(in: 0..<5, using: &seed) == 0, bytes.count > 1 {
            let cuts = (0..<3).map { _ in Int.random(in: 1..<bytes.count, using: &seed) }.sorted()
            for cut in cuts where cut > start {
                try sendBytes(Array(bytes[start..<cut]))
                separateSegments()
                start = cut
            }
        }
        stage.score.requests.add(gathered.count, ordering: .relaxed)
        outstanding += gathered
        gathered = []
        try sendBytes(Array(bytes[start...]))
    }

    func sendBytes(_ bytes: [UInt8]) throws(End) {
        do { try connection.send(bytes) } catch {
            if isImpatient { throw .left }
            try note(missing: "\(error)")
        }
    }

    /// Checks the replies to all that was sent.
    func readAll() throws(End) {
        for (index, request) in outstanding.enumerated() {
            guard let expected = request.expected else { continue }
            let frame = try nextReply()
            let epoch = stage.epoch.load(ordering: .sequentiallyConsistent)
            guard expected.admits(frame, version: request.version, epoch: epoch) else {
                try endIfUnavailable(frame)
                try note(foreign: frame.bytes, index, "\(expected)")
            }
            stage.score.replies.add(1, ordering: .relaxed)
            lastReply = frame.reply
        }
        remember(outstanding)
        outstanding = []
    }

    private func remember(_ requests: [Request]) {
        history += requests.map { describe($0.bytes, limit: 100) + ($0.expected == nil ? " (muted)" : "") }
        if history.count > 200 { history.removeFirst(100) }
    }

    /// The next frame that is no message.
    private func nextReply() throws(End) -> RawClient.Frame {
        while true {
            let frame = try nextFrame()
            guard let elements = messageElements(frame.reply) else { return frame }
            try check(message: elements, frame)
        }
    }

    /// Waits for a message with this payload on one of the client's own channels.
    func awaitMessage(_ payload: String) throws(End) {
        while true {
            let frame = try nextFrame()
            guard let elements = messageElements(frame.reply) else {
                try endIfUnavailable(frame)
                try note(foreign: frame.bytes, 0, "a message \(payload)")
            }
            try check(message: elements, frame)
            if elements.last == .bulk(payload) { return }
        }
    }

    private func nextFrame() throws(End) -> RawClient.Frame {
        do throws(RawClient.Stop) {
            return try connection.nextFrame()
        } catch {
            switch error {
            case .ended: try noteClose()
            case .late where isImpatient: throw .left
            case .late(let bytes): try note(missing: "nothing came for 30 s after \(describe(bytes))")
            case .malformed(let reason, let bytes):
                try note(foreign: bytes, 0, "a reply, but: \(reason)")
            }
        }
    }

    /// Reads to the end of the connection, where nothing more may come.
    func expectEnd() throws(End) {
        do throws(RawClient.Stop) {
            while true {
                let frame = try connection.nextFrame()
                if messageElements(frame.reply) == nil { try endUnexpected(frame) }
            }
        } catch {
            guard case .late(let bytes) = error else { return }
            if isImpatient { throw .left }
            try note(missing: "no close, after \(describe(bytes))")
        }
    }

    private func endUnexpected(_ frame: RawClient.Frame) throws(RawClient.Stop) {
        if Self.isUnavailable(frame) { return }
        stage.score.note(stage.score.foreign, report("expected the end, got \(describe(frame.bytes))"))
        throw .ended([])
    }

    /// The elements of a message or an invalidation, nil if the reply is neither.
    private func messageElements(_ reply: Reply) -> [Reply]? {
        switch reply {
        case .push(let elements):
            let kind = elements.first?.text ?? ""
            return ["message", "pmessage", "invalidate"].contains(kind) ? elements : nil
        case .array(let elements) where version == 2 && hasSubscribed:
            let kind = elements.first?.text ?? ""
            return ["message", "pmessage"].contains(kind) ? elements : nil
        default: return nil
        }
    }

    /// A message must be on a channel of the client's own and addressed to it.
    private func check(message elements: [Reply], _ frame: RawClient.Frame) throws(End) {
        let isOwn: Bool
        switch elements.first?.text {
        case "message", "pmessage":
            isOwn = hasSubscribed && elements[elements.count - 2].text?.hasPrefix("ch:\(client):") == true
        default:
            let keys = elements.last?.elements ?? []
            let areOwn = keys.allSatisfy { $0.text?.contains(":\(client):") == true }
            guard hasTracked, areOwn else { try note(foreign: frame.bytes, 0, "an invalidation of own keys") }
            return
        }
        guard isOwn, elements.last?.text?.hasPrefix("to:\(client):") == true else {
            try note(foreign: frame.bytes, 0, "a message to client \(client)")
        }
    }

    // MARK: What is noted

    private static func isUnavailable(_ frame: RawClient.Frame) -> Bool {
        if case .error(let text) = frame.reply {
            text.hasPrefix("ERR freshet: upstream unavailable")
        } else {
            false
        }
    }

    /// Freshet's own words about a missing upstream are the last of a connection.
    private func endIfUnavailable(_ frame: RawClient.Frame) throws(End) {
        guard Self.isUnavailable(frame) else { return }
        stage.score.unavailable.add(1, ordering: .relaxed)
        if beganCalm, stage.isCalm.load(ordering: .sequentiallyConsistent) {
            stage.score.note(stage.score.causeless, report(describe(frame.bytes)))
        }
        try expectEnd()
        throw .ended
    }

    private func noteClose() throws(End) -> Never {
        stage.score.closes.add(1, ordering: .relaxed)
        if beganCalm, stage.isCalm.load(ordering: .sequentiallyConsistent) {
            stage.score.note(stage.score.causeless, report("closed while nothing was broken"))
        }
        throw .ended
    }

    private func note(missing text: String) throws(End) -> Never {
        stage.score.note(stage.score.missing, report(text))
        throw .ended
    }

    private func note(foreign bytes: [UInt8], _ index: Int, _ expected: String) throws(End) -> Never {
        stage.score.note(
            stage.score.foreign,
            report(
                """
                reply \(index + 1) of \(outstanding.count) is \(describe(bytes, limit: 2000))
                expected: \(expected.prefix(2000))
                """))
        throw .ended
    }

    private func report(_ what: String) -> String {
        let requests = outstanding.map { "  " + describe($0.bytes, limit: 200) }.joined(separator: "\n")
        return """
            client \(client), RESP\(version), database \(database), user \(user ?? "default"), \
            configuration: \(stage.setup)
            \(what)
            the proxy's log: \(stage.proxy.log.suffix(1000))
            answered before:
              \(history.joined(separator: "\n  "))
            requests:
            \(requests)
            """
    }
}
