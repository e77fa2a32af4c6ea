import Bytes
import Testing

@testable import Audit

@Suite struct RecordTests {
    @Test(
        "a hostile key becomes one line of printable text and is read back byte for byte",
        arguments: [
            "a\nb", "a\"b\\c", "\u{1b}[2J\u{1b}[31mred", "\r\0\u{7f}", "caf\u{e9}",
            "\u{202e}reversed\u{2028}",
            "\u{9b}31m", "plain:key", "\\xff", "\u{1f600}",
        ].map { ByteString($0) } + [
            ByteString([0xff, 0xfe]), ByteString([0xc0, 0x80]), ByteString([0xed, 0xa0, 0x80]),
            ByteString([0xf5, 0x80, 0x80, 0x80]), ByteString([0xe2, 0x82]), ByteString([0x5c]),
            ByteString(Array(0...255)),
        ])
    func hostileKeys(key: ByteString) throws {
        var record = LogFixture.cascade()
        record.key = key
        record.actor?.name = key
        record.targets[0].key = key
        record.error = key.text
        var encoder = RecordEncoder(keys: .plain, targetLimit: 10)
        var link = ChainLink.genesis
        let line = encoder.line(record, after: &link)
        #expect(line.last == 0x0a)
        #expect(line.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f })
        #expect(
            !String(decoding: line, as: UTF8.self).unicodeScalars.contains {
                (0x80..<0xa0).contains($0.value)
            })
        let entry = try #require(AuditEntry(line: line.dropLast()))
        #expect(entry.key == key)
        #expect(entry.targets[0].key == key)
        #expect(entry.concerns(key))
        let sentence = entry.sentence(about: key)
        #expect(Visible.text(sentence) == sentence && !sentence.contains("\t"))
    }

    @Test("the text form of a key differs for different keys")
    func injective() {
        let keys = [[0xff], Array(#"\xff"#.utf8), Array(#"\\xff"#.utf8), [0x5c, 0xff]].map { ByteString($0) }
        #expect(Set(keys.map(KeyText.escape)).count == keys.count)
        for key in keys { #expect(KeyText.unescape(KeyText.escape(key)) == key) }
    }

    @Test("a record has its members in the documented order")
    func golden() {
        let time = AuditTime(wallMicroseconds: 1_795_433_588_000_001, monotonicNanoseconds: 99)
        var record = LogFixture.cascade()
        record.time = time
        record.id = ULID(high: 1, low: 2)
        record.parent = ULID(high: 0, low: 33)
        record.targets = [record.targets[0]]
        var encoder = RecordEncoder(keys: .plain, targetLimit: 10)
        var link = ChainLink.genesis
        let line = String(decoding: encoder.line(record, after: &link), as: UTF8.self)
        let zeros = String(repeating: "0", count: 64)
        #expect(
            line
                == #"{"ts":"2026-11-23T11:33:08.000001Z","mono_ns":99,"seq":1,"#
                + #""id":"0000000000000G000000000002","#
                + #""parent":"00000000000000000000000011","kind":"cascade","actor":{"user":"app","#
                + #""addr":"10.0.0.5:5123","conn":7,"name":"web-1","lib":"redis-py"},"cmd":"SET","db":0,"#
                + #""key":"product:42:price","cause":"mutation","targets":[{"key":"page:en:product:42","#
                + #""depth":1,"#
                + #""from":"product:42:price","why":"depend page:{lang}:product:{id} on product:{id}:price","#
                + #""line":"proxy.conf:31","via":"index"}],"target_count":1,"deleted":2,"outcome":"done","#
                + #""dur_us":180,"prev":"\#(zeros)","hash":"\#(link.hash)"}"# + "\n")
    }

    @Test("a record lists no more keys than its limit and still counts them all")
    func targetLimit() throws {
        var record = LogFixture.cascade()
        record.targets = (0..<50).map {
            .init(key: ByteString("k\($0)"), depth: 1, from: "s", why: "", line: "", via: .named)
        }
        var encoder = RecordEncoder(keys: .plain, targetLimit: 3)
        var link = ChainLink.genesis
        let entry = try #require(AuditEntry(line: encoder.line(record, after: &link).dropLast()))
        #expect(entry.targets.count == 3)
        #expect(entry.targetCount == 50)
    }

    @Test("with the policy hash no key is in the line, and equal keys can be told")
    func hashedKeys() throws {
        var encoder = RecordEncoder(keys: .hash, targetLimit: 10)
        var link = ChainLink.genesis
        let line = encoder.line(LogFixture.cascade(), after: &link)
        let text = String(decoding: line, as: UTF8.self)
        #expect(!text.contains("product:42") && !text.contains("list:en"))
        // printf 'product:42:price' | sha256sum
        let entry = try #require(AuditEntry(line: line.dropLast()))
        #expect(entry.targets[0].from == entry.key)
        #expect(entry.key == ByteString(encoder.hashed("product:42:price")))
    }

    @Test(
        "the wall clock is written as RFC 3339",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_709_251_199_123_456, "2024-02-29T23:59:59.123456Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ])
    func time(micros: Int64, text: String) {
        #expect(AuditTime(wallMicroseconds: micros, monotonicNanoseconds: 0).text == text)
    }

    @Test("identifiers sort by time and do not repeat")
    func identifiers() {
        let early = ULID(at: AuditTime(wallMicroseconds: 1_000_000, monotonicNanoseconds: 0))
        let late = ULID(at: AuditTime(wallMicroseconds: 1_001_000, monotonicNanoseconds: 0))
        #expect(early.description < late.description)
        #expect(early.description.utf8.count == 26)
        #expect(Set((0..<1000).map { _ in ULID(at: .now()) }).count == 1000)
    }

    @Test(
        "text that is not JSON is refused rather than guessed",
        arguments: [
            "", "{", "{}x", #"{"a":}"#, #"{"a" 1}"#, "[1,]", #""\x""#, "\"a\nb\"", "nul", #"{"a":"#,
            #""\u12"#,
            String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
        ])
    func malformed(text: String) {
        #expect(JSONParser.parse(Array(text.utf8)) == nil)
    }
}
