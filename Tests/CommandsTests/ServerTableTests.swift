import Bytes
import Commands
import TestSupport
import Testing

@Suite("the table agrees with the server's COMMAND")
struct ServerTableTests {
    @Test("every command and subcommand is known, with the server's arity, flags and key positions")
    func agrees() throws {
        let server = try RedisServer()
        defer { withExtendedLifetime(server) {} }
        let client = try HiredisClient(server.unix)
        let commands = try #require(try client.send("COMMAND").elements)
        #expect(commands.count > 200)
        for command in commands { try check(command) }
    }

    private func check(_ command: Reply) throws {
        let fields = try #require(command.elements)
        let name = try #require(fields[0].text)
        let facts = try #require(CommandTable.builtin.facts(named: ByteString(name)), "\(name)")
        #expect(CommandTable.builtin.name(of: facts).text == name)
        #expect(Int(facts.arity) == fields[1].integer, "\(name)")
        var expected = CommandFlags((fields[2].elements ?? []).compactMap { $0.text.map { ByteString($0) } })
        let subcommands = fields[9].elements ?? []
        if !subcommands.isEmpty { expected.insert(.containsSubcommands) }
        #expect(facts.flags.subtracting(.script) == expected, "\(name)")
        if !Self.isChannelCommand(fields[8]) {
            let range = [facts.firstKey, facts.lastKey, facts.step].map(Int.init)
            #expect(range == [3, 4, 5].compactMap { fields[$0].integer }, "\(name)")
        }
        for sub in subcommands { try check(sub) }
    }

    /// Channels have key specifications flagged `not_key`.
    private static func isChannelCommand(_ specs: Reply) -> Bool {
        "\(specs)".contains("not_key")
    }

    @Test("names are found in any case, subcommands by their container only")
    func lookup() {
        let table = CommandTable.builtin
        #expect(table.name(of: table.facts(LaidOut("cLiEnT sEtNaMe x"))).text == "client|setname")
        #expect(table.facts(LaidOut("CLIENT SETNAME x")).behaviour == .clientSetName)
        #expect(table.facts(LaidOut("client|setname x")).behaviour == .unknown)
        #expect(table.facts(LaidOut("SETNAME x")).behaviour == .unknown)
        #expect(table.name(of: table.facts(LaidOut("CLIENT WHAT"))).text == "client")
        #expect(table.name(of: .unknown).text == "unknown")
        #expect(table.facts(LaidOut([])).behaviour == .unknown)
    }

    @Test("every name is found in lower, upper and mixed case, wherever it lies in the buffer")
    func cases() {
        let table = CommandTable.builtin
        for name in table.allNames where !name.text.contains("|") {
            let lower = name.text
            let mixed = lower.prefix(1).uppercased() + lower.dropFirst()
            for word in [lower, lower.uppercased(), String(mixed)] {
                #expect(table.name(of: table.facts(LaidOut([Array(word.utf8)]))) == name, "\(word)")
                let longer = LaidOut([Array(word.utf8), Array("an-argument".utf8)])
                #expect(table.name(of: table.facts(longer)) == name, "\(word)")
            }
            #expect(table.name(of: table.facts(LaidOut([Array((lower + "x").utf8)]))) != name)
        }
    }

    @Test("a name with NUL behind it is another name, which nobody knows")
    func zeroes() {
        let table = CommandTable.builtin
        var mistaken: [String] = []
        for name in table.allNames {
            let words = name.text.split(separator: "|").map { Array($0.utf8) }
            // A container that has no such subcommand is known all the same.
            let expected = words.count == 1 ? "unknown" : String(decoding: words[0], as: UTF8.self)
            for count in 1...8 {
                var request = words
                request[words.count - 1] += Array(repeating: 0, count: count)
                for rest in [[], [Array("an-argument".utf8)]] {
                    let found = table.name(of: table.facts(LaidOut(request + rest))).text
                    if found != expected { mistaken.append("\(name.text) and \(count) NUL for \(found)") }
                }
            }
            if table.facts(named: ByteString(name.text + "\0")) != nil { mistaken.append(name.text) }
        }
        #expect(mistaken.isEmpty)
    }

    @Test("a deny list covers a container's subcommands and remembers names that nobody knows")
    func denies() {
        let table = CommandTable.builtin
        let list = DenyList(["FLUSHALL", "client|kill", "config", "ft.drop"], in: table)
        #expect(list.contains(table.facts(LaidOut("flushall"))))
        #expect(list.contains(table.facts(LaidOut("client kill 1"))))
        #expect(!list.contains(table.facts(LaidOut("client list"))))
        #expect(list.contains(table.facts(LaidOut("config set a b"))))
        #expect(list.contains(table.facts(LaidOut("config nonsense"))))
        #expect(!list.contains(.unknown))
        #expect(list.unknownNames == ["ft.drop"])
    }
}
