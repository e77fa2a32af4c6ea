import Synchronization
import TestSupport
import Testing

@Suite("Stamped values while applications are moved")
struct StampedTests {
    /// Writes ascending numbers to keys of its own and reads them back, whatever happens to Redis.
    private final class Client: Sendable {
        let name: String
        private let proxy: FreshetProcess
        /// What is wrong with what it read.
        let problems = Mutex<[String]>([])
        let replies = Mutex(0)

        init(_ name: String, _ proxy: FreshetProcess) {
            self.name = name
            self.proxy = proxy
        }

        func run(until isOver: @Sendable () -> Bool) {
            var connection: RawClient?
            var known = [Int](repeating: 0, count: 4)
            var number = 0
            while !isOver() {
                guard let client = connection ?? (try? RawClient(proxy.unix, limitMilliseconds: 4000)) else {
                    continue
                }
                connection = client
                number += 1
                let place = number % known.count
                let key = "stamp:\(name):\(place)"
                do {
                    let written = try client.command("SET", key, "\(name) \(number)")
                    if written == .simple("OK") { known[place] = number }
                    let read = try client.command("GET", key)
                    check(read, key, &known[place])
                    replies.withLock { $0 += 1 }
                } catch {
                    connection = nil
                }
            }
        }

        /// A value may be gone; but it is never older than the last that was written or read, nor another's.
        private func check(_ reply: Reply, _ key: String, _ known: inout Int) {
            guard case .bulk = reply, let text = reply.text else {
                if case .simple = reply { note("\(key): \(reply)") }
                return
            }
            let words = text.split(separator: " ")
            guard words.count == 2, words[0] == name, let stamp = Int(words[1]) else {
                return note("\(key) is foreign: \(text)")
            }
            if stamp < known { note("\(key) is stale: \(stamp) after \(known)") }
            known = max(known, stamp)
        }

        private func note(_ problem: String) { problems.withLock { $0.append(problem) } }
    }

    @Test(
        "nobody reads a value older than what he has written or read, nor anybody else's",
        arguments: ["FRESHET_CONNECTIONS=shared", "FRESHET_CONNECTIONS=dedicated"])
    func moved(mode: String) throws {
        let couple = try Couple(failover: "all", "workers 2", environment: [mode])
        let clients = (0..<6).map { Client("c\($0)", couple.proxy) }
        let flag = Flag()
        let threads = Threads()
        for client in clients { threads.start { client.run { flag.isSet } } }
        defer { flag.set() }
        for round in 0..<3 {
            couple.primary.pause()
            try couple.waitUntilServing("fallback")
            try Self.waitForReplies(clients)
            couple.primary.resume()
            try couple.waitUntilServing("primary")
            try Self.waitForReplies(clients)
            if round == 1 {
                try couple.fallback.kill()
                try Self.waitForReplies(clients)
                try couple.fallback.start()
            }
            try couple.primary.kill()
            try couple.waitUntilServing("fallback")
            try Self.waitForReplies(clients)
            try couple.primary.start()
            try couple.waitUntilServing("primary")
        }
        flag.set()
        try threads.join()
        for client in clients {
            let problems = client.problems.withLock { $0 }
            #expect(problems.isEmpty, "\(problems.prefix(3))")
        }
    }

    private static func waitForReplies(_ clients: [Client]) throws {
        let before = clients.map { client in client.replies.withLock { $0 } }
        try waitUntil("everybody is served", withinMilliseconds: 30_000) {
            zip(clients, before).allSatisfy { client, count in client.replies.withLock { $0 } > count + 5 }
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}
