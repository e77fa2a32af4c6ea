import Bytes
import Naming
import Testing

@testable import Config

@Suite struct LineLexerTests {
    private func words(_ bytes: [UInt8], environment: [String: String]? = [:]) throws -> [Word] {
        var lexer = LineLexer(bytes[...], file: "f", line: 1, environment: environment)
        return try lexer.words()
    }

    private func failure(_ bytes: [UInt8], environment: [String: String]? = [:]) -> String? {
        do {
            _ = try words(bytes, environment: environment)
            return nil
        } catch {
            guard let diagnostic = error as? Diagnostic else { return "\(error)" }
            return "\(diagnostic.location.column)+\(diagnostic.location.length): \(diagnostic.message)"
        }
    }

    @Test(
        "a line splits into words as redis.conf's does",
        arguments: [
            ("", []), ("   \t ", []), ("# all comment", []), ("  # indented comment", []),
            ("a b", ["a", "b"]), ("a\tb\r", ["a", "b"]), ("a #b", ["a"]), ("a#b c", ["a#b", "c"]),
            (#"a "b c" d"#, ["a", "b c", "d"]), (#"a "" b"#, ["a", "", "b"]), (#"a '' "#, ["a", ""]),
            ("\"# is data\" 'and # here'", ["# is data", "and # here"]),
            (#""\n\r\t\b\a\"\\\q""#, ["\n\r\t\u{8}\u{7}\"\\q"]), (#""\x41\x7a\xg1""#, ["Azxg1"]),
            (#"'\' \n "'"#, ["' \\n \""]), (#"pre"quoted""#, ["prequoted"]), (#"pre'q'"#, ["preq"]),
            ("a{b}:\\*c", ["a{b}:\\*c"]), ("Grüße 🐟", ["Grüße", "🐟"]),
        ] as [(String, [String])])
    func splits(line: String, expected: [String]) throws {
        #expect(try words(Array(line.utf8)).map(\.text) == expected.map { ByteString($0) })
    }

    @Test("columns and lengths count bytes of the line as written, quotes included")
    func columns() throws {
        let found = try words(
            Array("  ü \"a\\x41\" ${X} end".utf8), environment: ["X": "longer than it looks"])
        #expect(found.map(\.location.column) == [3, 6, 14, 19])
        #expect(found.map(\.location.length) == [2, 7, 4, 3])
    }

    @Test("quoted bytes need not be text")
    func bytesInQuotes() throws {
        let line: [UInt8] = [0x22, 0xff, 0x00, 0x5c, 0x78, 0x66, 0x45, 0x22]
        #expect(try words(line).map(\.text.bytes) == [[0xff, 0x00, 0xfe]])
    }

    @Test(
        "what breaks a line is told with its place",
        arguments: [
            (Array(#"a "b"#.utf8), "3+1: expected a closing \" before the end of the line"),
            (Array(#"a "b\""#.utf8), "3+1: expected a closing \" before the end of the line"),
            (Array(#"a "b\"#.utf8), "3+1: expected a closing \" before the end of the line"),
            (Array("a 'b".utf8), "3+1: expected a closing ' before the end of the line"),
            (Array(#"a "b"c"#.utf8), "6+1: expected a space after the closing quote"),
            (Array("a 'b'#".utf8), "6+1: expected a space after the closing quote"),
            (Array("ab".utf8) + [0], "3+1: expected text, found a NUL byte: write \"\\x00\" inside quotes"),
            (
                Array("a ".utf8) + [0xc3],
                "3+1: expected UTF-8, found the byte 0xC3: write \"\\xC3\" inside quotes"
            ),
            ([0xed, 0xa0, 0x80], "1+1: expected UTF-8, found the byte 0xED: write \"\\xED\" inside quotes"),
            (
                Array("# ".utf8) + [0xff],
                "3+1: expected UTF-8, found the byte 0xFF: write \"\\xFF\" inside quotes"
            ),
            (Array("a ${X".utf8), "3+2: expected a closing } after ${"),
            (
                Array("a ${}".utf8),
                "3+3: expected ${NAME} or ${NAME:-default}; single quotes keep '${' as it is"
            ),
            (
                Array("a ${X-y}".utf8),
                "3+6: expected ${NAME} or ${NAME:-default}; single quotes keep '${' as it is"
            ),
            (
                Array("a b${NOT_SET}".utf8),
                "4+10: environment variable NOT_SET is not set: set it, or write ${NOT_SET:-default}"
            ),
        ] as [([UInt8], String)])
    func refuses(line: [UInt8], expected: String) {
        #expect(failure(line) == expected)
    }

    @Test(
        "variables are replaced outside single quotes, and what they bring is data",
        arguments: [
            ("${X}", ["v w"]), ("a${X}b", ["av wb"]), (#""<${X}>""#, ["<v w>"]), ("'${X}'", ["${X}"]),
            (#""\${X}""#, ["${X}"]), ("${EMPTY}", [""]), ("${EMPTY:-d}", ["d"]), ("${NONE:-d e}", ["d e"]),
            ("${NONE:-}", [""]), ("${Q}", ["\"' # ${X}"]), ("$X $ $$", ["$X", "$", "$$"]),
        ] as [(String, [String])])
    func substitutes(line: String, expected: [String]) throws {
        let environment = ["X": "v w", "EMPTY": "", "Q": "\"' # ${X}"]
        #expect(
            try words(Array(line.utf8), environment: environment).map(\.text)
                == expected.map { ByteString($0) })
    }

    @Test("a line of 64 KiB is read and a longer one refused")
    func longLines() throws {
        let longest = [UInt8](repeating: 0x61, count: LineLexer.longestLineByteCount)
        #expect(try words(longest).map(\.text.count) == [longest.count])
        #expect(failure(longest + [0x61]) == "1+1: expected a line of at most 64 KiB, found 65537 bytes")
    }

    @Test("any bytes written as a token are read back")
    func tokens() throws {
        let all = ByteString((0...255).map { UInt8($0) })
        for bytes in [all, "", "#a", "a b", "a\"", "'", "\\", "${X}", "plain:{x}", "$"] as [ByteString] {
            let token = Quotation.token(bytes)
            #expect(try words(Array(token.utf8), environment: nil).map(\.text) == [bytes])
        }
    }
}
