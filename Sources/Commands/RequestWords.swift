import Bytes
import RESP

/// The options of one request, read as Redis reads them: in any case, in any order, the last word winning.
struct RequestWords: ~Escapable {
    let buffer: Span<UInt8>
    let arguments: Span<Argument>

    @_lifetime(copy buffer, copy arguments)
    init(_ buffer: Span<UInt8>, _ arguments: Span<Argument>) {
        self.buffer = buffer
        self.arguments = arguments
    }

    var count: Int { arguments.count }

    func matches(_ index: Int, _ word: StaticString) -> Bool {
        index < count && ASCII.matches(arguments[index].view(in: buffer), word)
    }

    func integer(_ index: Int) -> Int? {
        index < count ? ASCII.integer(arguments[index].view(in: buffer)) : nil
    }

    /// Whether `word`, an upper-case literal, is among the arguments from `start` on.
    func contain(_ word: StaticString, from start: Int) -> Bool {
        var index = start
        while index < count {
            if matches(index, word) { return true }
            index += 1
        }
        return false
    }

    /// Whether `view` spells `word`, which is in upper case.
    static func equal(_ view: Span<UInt8>, _ word: ByteString) -> Bool {
        guard view.count == word.count else { return false }
        let expected = word.span
        for index in view.indices where ASCII.uppercased(view[index]) != expected[index] { return false }
        return true
    }
}
