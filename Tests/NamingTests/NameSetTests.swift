import Bytes
import Testing

@testable import Naming

@Suite("Sets of names")
struct NameSetTests {
    @Test("a name is new once, while the set is small and when it has grown")
    func insertsOnce() {
        var set = NameSet()
        let names = (0..<100).map { ByteString("name-\($0)") }
        for name in names {
            #expect(!set.contains(name))
            let (isNew, isNewAgain) = (set.insert(name), set.insert(name))
            #expect(isNew && !isNewAgain)
        }
        for name in names { #expect(set.contains(name)) }
    }
}
