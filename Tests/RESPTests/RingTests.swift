import Bytes
import Testing

@Suite("Ring")
struct RingTests {
    @Test("the youngest element of a kind is found by its place, across the seam")
    func lastIndex() {
        var ring = Ring<Int>()
        for number in 0..<6 { ring.append(number) }
        for _ in 0..<5 { ring.removeFirst() }
        for number in 6..<12 { ring.append(number) }
        #expect(ring.count == 7)
        #expect(ring.lastIndex { $0 % 5 == 0 } == 5)
        #expect(ring.lastIndex { $0 == 5 } == 0)
        #expect(ring.lastIndex { $0 < 5 } == nil)
        #expect(ring.contains { $0 == 11 })
        #expect(!ring.contains { $0 == 12 })
    }
}
