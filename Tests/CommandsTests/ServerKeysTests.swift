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
            // Where the server tells nothing `KeyspaceTests` ask what it does.
            guard let found = reply.elements else { continue }
            #expect(uses.map { words[$0.argument] } == found.compactMap { $0.elements?[0].text }, "\(line)")
            for (use, key) in zip(uses, found) {
                let flags = (key.elements?[1].elements ?? []).compactMap(\.text)
                #expect(Self.agrees(use.role, flags), "\(line): \(use.role), \(flags)")
            }
        }
    }

    @Test("requests made from the corpus name the server's keys wherever the server names any")
    func mutated() throws {
        let server = try RedisServer()
        defer { withExtendedLifetime(server) {} }
        let client = try HiredisClient(server.unix)
        let run = Seed.ofThisRun()
        let lines = Corpus.lines.map { LaidOut.words($0) }
        for number in 0..<4000 {
            var seed = run.derived(number)
            let words = Self.mutant(of: lines, &seed)
            // Where a key is called as an option is, the server tells SORT's keys otherwise than SORT reads
            // them; the table does as SORT.
            let stores = words.count { $0.uppercased().hasPrefix("STORE") }
            if words[0] == "SORT" || words[0].hasPrefix("GEORADIUS"), stores > 1 { continue }
            if words[0].hasPrefix("GEORADIUS"), words.contains("COUNT"), stores > 0 { continue }
            // Likewise MIGRATE, which reads its options from the front while the server looks from the end.
            let lists = words.count { $0.uppercased() == "KEYS" }
            if words[0] == "MIGRATE", lists > 1 || words.last?.uppercased() == "KEYS" { continue }
            let request = LaidOut(words.map { Array($0.utf8) })
            let reply = try client.command((["COMMAND", "GETKEYSANDFLAGS"] + words).map { Array($0.utf8) })
            guard let elements = reply.elements else { continue }
            let found = elements.compactMap { $0.elements?[0].text }
            let uses = CommandTable.builtin.uses(request)
            #expect(uses.map { words[$0.argument] } == found, "\(run), case \(number): \(words), \(reply)")
        }
    }

    /// A request with some words removed, repeated, exchanged or replaced.
    private static func mutant(of lines: [[String]], _ seed: inout Seed) -> [String] {
        let odd = [
            "", "0", "1", "2", "3", "-1", "999", "STORE", "KEYS", "STREAMS", "GET", "NX", "AUTH", "by", "x",
        ]
        var words = lines.randomElement(using: &seed) ?? []
        for _ in 0..<Int.random(in: 1...3, using: &seed) where words.count > 1 {
            let place = Int.random(in: 1..<words.count, using: &seed)
            switch Int.random(in: 0..<4, using: &seed) {
            case 0: words.remove(at: place)
            case 1: words.insert(odd.randomElement(using: &seed) ?? "", at: place)
            case 2: words[place] = odd.randomElement(using: &seed) ?? ""
            default: words.swapAt(place, Int.random(in: 1..<words.count, using: &seed))
            }
        }
        return words
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
