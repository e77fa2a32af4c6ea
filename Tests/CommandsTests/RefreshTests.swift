import Bytes
import Commands
import TestSupport
import Testing

@Suite("commands that only the server knows")
struct RefreshTests {
    private func range(_ flags: [ByteString], _ index: Int, last: Int = 0) -> UpstreamKeySpec {
        UpstreamKeySpec(
            flags: flags, beginning: .index(index), finding: .range(lastKey: last, step: 1, limit: 0))
    }

    private func roles(_ table: CommandTable, _ line: String) -> [KeyRole] {
        table.uses(LaidOut(line)).map(\.role)
    }

    @Test("a module's commands are added, with their keys and roles")
    func modules() {
        let table = CommandTable.builtin.refreshed(with: [
            UpstreamCommand(
                name: "JSON.SET", arity: -4, flags: ["write", "module"],
                keySpecs: [range(["RW", "update"], 1)]),
            UpstreamCommand(
                name: "json.mget", arity: -3, flags: ["readonly", "module"],
                firstKey: 1, lastKey: -2, step: 1),
            UpstreamCommand(
                name: "m.odd", arity: -2, flags: ["write", "module", "movablekeys"],
                keySpecs: [
                    range(["RO"], 1),
                    UpstreamKeySpec(flags: ["incomplete"], beginning: .unknown, finding: .unknown),
                ]),
            UpstreamCommand(
                name: "m.box", arity: -2,
                subcommands: [
                    UpstreamCommand(
                        name: "m.box|put", arity: 4, flags: ["write"], keySpecs: [range(["OW"], 2)])
                ]),
        ])
        #expect(roles(table, "json.set k $ 1") == [.update])
        #expect(roles(table, "JSON.MGET a b $") == [.read, .read])
        #expect(roles(table, "m.odd k x") == [.update])
        #expect(table.facts(LaidOut("m.odd k x")).needsSlowKeys)
        #expect(roles(table, "m.box put k v") == [.overwrite])
        #expect(table.isMutation("m.box put k v"))
        #expect(!CommandTable.builtin.knows("json.set") && table.knows("json.set"))
    }

    @Test("known commands keep their index and meaning, and take over the arity")
    func known() {
        let table = CommandTable.builtin.refreshed(with: [
            UpstreamCommand(name: "zrank", arity: -3, flags: ["write"]),
            UpstreamCommand(
                name: "client", arity: -2, subcommands: [UpstreamCommand(name: "client|later", arity: 2)]),
        ])
        let old = CommandTable.builtin.facts(LaidOut("zrank k m"))
        let new = table.facts(LaidOut("zrank k m WITHSCORE"))
        #expect(new.index == old.index && new.flags == old.flags && new.arity == -3 && old.arity == 3)
        #expect(table.facts(LaidOut("client later")).behaviour == .pin)
        #expect(table.name(of: table.facts(LaidOut("CLIENT LATER"))).text == "client|later")
    }

    @Test("nonsense from a server adds nothing that could fail")
    func nonsense() {
        let huge = UpstreamKeySpec(
            flags: [], beginning: .index(.max), finding: .range(lastKey: .min, step: .max, limit: .max))
        let wild = UpstreamKeySpec(
            flags: [], beginning: .keyword("", startFrom: -3),
            finding: .keyNumber(index: 9, firstKey: .max, step: 30_000))
        let table = CommandTable.builtin.refreshed(with: [
            UpstreamCommand(name: "", arity: .min),
            UpstreamCommand(name: "a.b", arity: -1, firstKey: .max, lastKey: .min, step: 1),
            UpstreamCommand(
                name: "a.c", arity: -1, firstKey: 2, lastKey: 1, step: -1,
                keySpecs: [huge, wild]),
            UpstreamCommand(name: "x|y", arity: 1),
            UpstreamCommand(name: ByteString([UInt8](repeating: 0x61, count: 500)), arity: 1),
        ])
        for line in ["a.b", "a.c", "a.b x", "a.c 9 9 \"\" 9 9", "x y"] { _ = table.uses(LaidOut(line)) }
        #expect(!table.knows("x|y") && table.knows("a.b"))
    }

    @Test("no request makes any answer fail, whatever its arguments")
    func hostile() {
        var seed = Seed.ofThisRun()
        let table = CommandTable.builtin
        let words = [
            "", "0", "1", "2", "-1", "9223372036854775807", "-9223372036854775808", "KEYS", "STREAMS",
            "STORE", "BLOCK", "GET", "NX", "XX", "EX", "LIMIT", "BY", "FIELDS", "AUTH2", "IFEQ", "k", "\u{0}",
            "NOMKSTREAM",
        ]
        for name in table.allNames {
            let start = name.text.split(separator: "|").map { Array($0.utf8) }
            for _ in 0..<60 {
                let rest = (0..<Int.random(in: 0...9, using: &seed)).map { _ in
                    Array(words.randomElement(using: &seed)!.utf8)
                }
                let request = LaidOut(start + rest)
                let (buffer, arguments) = (request.buffer.span, request.arguments.span)
                let facts = table.facts(request)
                for use in table.uses(request) {
                    #expect(request.arguments.indices.contains(use.argument), "\(name) \(rest) \(seed)")
                }
                _ = table.isMutation(facts, buffer, arguments)
                _ = table.isConditional(facts, buffer, arguments)
                _ = table.replyRule(for: facts, buffer, arguments)
                _ = table.blocks(facts, buffer, arguments)
            }
        }
    }
}
