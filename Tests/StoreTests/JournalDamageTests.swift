import Bytes
import TestSupport
import Testing

@testable import Store

@Suite("A journal's file is damaged")
struct JournalDamageTests {
    /// A file with a frame for each number, and what it says.
    private func bytes(frames: Int) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        let journal = try IntentJournal(
            .init(directory: directory.path, worker: 0, durability: .never, byteLimit: 1 << 20),
            onEvent: { _ in }, onSynced: { _, _ in })
        for number in 0..<frames {
            _ = journal.note { $0.append(Array("intent \(number)".utf8)) }
            journal.write()
        }
        journal.close()
        let name = try #require(FileSystem.names(in: directory.path).first)
        let bytes = try FileSystem.read(directory.path + "/" + name)
        let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
        return Array(bytes[..<end])
    }

    private func numbers(_ frames: JournalFrames) -> [UInt64] {
        frames.entries.map { entry in
            if case .intent(let number, _) = entry { number } else { 0 }
        }
    }

    @Test("a torn tail costs the frame that was being written, wherever it tore")
    func tornTail() throws {
        let whole = try bytes(frames: 30)
        let made = [UInt8](repeating: 0, count: 1 << 18)
        for length in JournalFormat.beginning(0, size: 1 << 18).count...whole.count {
            // A file is made with all its zeros, and written from the front.
            let frames = JournalFrames(Array(whole[..<length]) + made[length...])
            let found = numbers(frames)
            #expect(found == Array(1...30).prefix(found.count).map(UInt64.init))
            #expect(frames.damagedBytes == 0)
            if length == whole.count { #expect(found.count == 30 && frames.tornBytes == 0) }
        }
    }

    @Test("any flipped bit costs the frame that it is in, and no other")
    func bitFlips() throws {
        let whole = try bytes(frames: 12)
        for bit in JournalFormat.headerLength * 8..<whole.count * 8 {
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let frames = JournalFrames(damaged)
            let isInFirst = bit < JournalFormat.beginning(0, size: 1 << 18).count * 8
            #expect(frames.entries.count == (isInFirst ? 12 : 11), "bit \(bit)")
            #expect(frames.damagedBytes > 0, "bit \(bit)")
        }
    }

    @Test("fault 205: a file that was cut off says how much of it is missing")
    func cutOff() throws {
        let whole = try bytes(frames: 30)
        for length in JournalFormat.beginning(0, size: 1 << 18).count..<whole.count {
            #expect(JournalFrames(Array(whole[..<length])).damagedBytes > 0)
        }
    }

    @Test("a page that never reached the disk costs the frames on it")
    func lostPage() throws {
        var whole = try bytes(frames: 1000)
        for index in 8192..<12288 { whole[index] = 0 }
        let frames = JournalFrames(whole)
        let found = numbers(frames)
        #expect(found.count > 800 && found.count < 1000)
        #expect(found.first == 1 && found.last == 1000)
        #expect(frames.damagedBytes > 0)
    }

    @Test("no bytes make the reader stumble, and none are taken for frames of another file")
    func noise() throws {
        var seed = Seed.ofThisRun()
        let whole = try bytes(frames: 20)
        for _ in 0..<300 {
            var noise = (0..<Int.random(in: 0..<2000, using: &seed)).map { _ in
                UInt8.random(in: .min ... .max, using: &seed)
            }
            #expect(JournalFrames(noise).entries.isEmpty, "\(seed)")
            // A header of another journal before frames of this one.
            noise = JournalFormat.header(seed.next()) + whole[JournalFormat.headerLength...]
            #expect(JournalFrames(noise).entries.isEmpty, "\(seed)")
            var damaged = whole
            for _ in 0..<Int.random(in: 1..<40, using: &seed) {
                damaged[Int.random(in: 0..<damaged.count, using: &seed)] = UInt8.random(
                    in: .min ... .max, using: &seed)
            }
            let found = numbers(JournalFrames(damaged))
            #expect(found == found.sorted() && found.allSatisfy { (1...20).contains($0) }, "\(seed)")
        }
    }

    @Test("the checksum is the CRC-32 that others compute")
    func checksum() {
        let sum = CRC32().checksum(Array("123456789".utf8).span)
        #expect(sum == 0xcbf4_3926)
        #expect(
            CRC32().checksum(Array("The quick brown fox jumps over the lazy dog".utf8).span) == 0x414f_a339)
    }
}
