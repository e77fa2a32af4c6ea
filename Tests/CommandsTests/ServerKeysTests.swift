import Bytes
import Commands
import TestSupport
import Testing

@Suite("keys are those of COMMAND GETKEYSANDFLAGS")
struct ServerKeysTests {
    @Test("each request of the corpus names the server's keys with the server's roles")
    func corpus() throws {
        let server = try RedisServer()
        defer { withExtendedLifetime(server) {} }
        let client = try HiredisClient(server.unix)
        for line in Corpus.lines {
            let words = LaidOut.words(line)
            let reply = try client.send("COMMAND GETKEYSANDFLAGS " + line)
            let uses = CommandTable.builtin.uses(LaidOut(line))
            guard let found = reply.elements else {
                #expect(uses.isEmpty, "\(line): \(reply)")
                continue
            }
            #expect(uses.map { words[$0.argument] } == found.compactMap { $0.elements?[0].text }, "\(line)")
            for (use, key) in zip(uses, found) {
                let flags = (key.elements?[1].elements ?? []).compactMap(\.text)
                #expect(Self.agrees(use.role, flags), "\(line): \(use.role), \(flags)")
            }
        }
    }

    /// A time to live is an update to Redis; PFCOUNT's writing (RW without saying what) is a cache.
    private static func agrees(_ role: KeyRole, _ flags: [String]) -> Bool {
        switch role {
        case .read: flags.contains("RO") || flags == ["RW", "access"]
        case .overwrite: flags.contains("OW")
        case .update: flags.contains("RW") && (flags.contains("update") || flags == ["RW", "access"])
        case .insert: flags.contains("RW") && flags.contains("insert")
        case .delete: flags.contains("delete")
        case .expire: flags.contains("RW") && flags.contains("update")
        }
    }

    @Test("the corpus has a request for every command of the server that has keys")
    func complete() throws {
        let server = try RedisServer()
        defer { withExtendedLifetime(server) {} }
        let client = try HiredisClient(server.unix)
        let table = CommandTable.builtin
        let covered = Set(Corpus.lines.map { table.name(of: table.facts(LaidOut($0))).text })
        var pending = try client.send("COMMAND").elements ?? []
        while let command = pending.popLast() {
            let fields = try #require(command.elements)
            pending += fields[9].elements ?? []
            let specs = fields[8].elements ?? []
            if specs.isEmpty || "\(specs)".contains("not_key") { continue }
            let name = try #require(fields[0].text)
            #expect(covered.contains(name), "\(name) has keys but no line in the corpus")
        }
    }
}
