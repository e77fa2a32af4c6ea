import TestSupport
import Testing

@Suite("The scaffolding")
struct SupportTests {
    @Test("the two clients read the same replies")
    func clientsAgree() throws {
        let server = try RedisServer()
        let raw = try RawClient(server.tcp)
        let hiredis = try HiredisClient(server.unix)
        for command in [
            ["SET", "a", "1"], ["GET", "a"], ["GET", "b"], ["MGET", "a", "b"], ["NOSUCH"], ["INCR", "a"],
        ] {
            try raw.send(RequestEncoding.command(command))
            let one = try raw.readFrame().reply
            if command[0] == "INCR" { continue }
            #expect(try hiredis.command(command.map { Array($0.utf8) }) == one)
        }
    }

    @Test("a killed server refuses, a restarted one is empty, a paused one resumes")
    func lifecycle() throws {
        let server = try RedisServer()
        try server.command("SET", "a", "1")
        try server.kill()
        #expect(throws: SupportError.self) { try RawClient(server.tcp) }
        try server.start()
        #expect(try server.command("EXISTS", "a") == .integer(0))
        server.pause()
        let client = try RawClient(server.tcp, limitMilliseconds: 50)
        #expect(throws: SupportError.self) { try client.command("PING") }
        server.resume()
        client.limitMilliseconds = 10_000
        #expect(try client.readFrame().reply == .simple("PONG"))
    }

    @Test("a reply cut anywhere is incomplete, and malformed bytes are told")
    func parser() throws {
        let bytes = Array("%1\r\n+k\r\n*3\r\n:1\r\n$2\r\n\r\n\r\n_\r\n".utf8)
        for cut in bytes.indices {
            #expect(throws: ReplyParser.Fault.incomplete) { try ReplyParser.parse(Array(bytes[..<cut])) }
        }
        let (reply, end) = try ReplyParser.parse(bytes)
        #expect(end == bytes.count)
        #expect(reply == .map([.simple("k"), .array([.integer(1), .bulk("\r\n"), .null])]))
        #expect(throws: ReplyParser.Fault.self) { try ReplyParser.parse(Array("?1\r\n".utf8)) }
    }

    @Test("a command's exit and output are told")
    func commands() throws {
        let (exit, output) = try ChildProcess.run(["/bin/sh", "-c", "echo hello; exit 3"])
        #expect(exit == .code(3))
        #expect(output == "hello\n")
    }
}
