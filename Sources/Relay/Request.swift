import Bytes
import Commands
import RESP

/// One request as it lies in the buffer it came in: a view, valid while the buffer is.
struct Request: ~Copyable, ~Escapable {
    /// The bytes of exactly this request.
    let bytes: Span<UInt8>
    let arguments: Span<Argument>
    let facts: CommandFacts
    let isCanonical: Bool

    @_lifetime(copy bytes, copy arguments)
    @inline(__always)
    init(_ bytes: Span<UInt8>, _ arguments: Span<Argument>, _ facts: CommandFacts, isCanonical: Bool) {
        self.bytes = bytes
        self.arguments = arguments
        self.facts = facts
        self.isCanonical = isCanonical
    }

    var count: Int { arguments.count }

    /// The bytes of argument `index`; 0 is the command's name.
    @_lifetime(copy self)
    func argument(_ index: Int) -> Span<UInt8> { arguments[index].view(in: bytes) }

    /// An owned copy of argument `index`.
    func string(_ index: Int) -> ByteString { ByteString(argument(index)) }

    /// Whether argument `index` is there and spells `word` in any case.
    func matches(_ index: Int, _ word: StaticString) -> Bool {
        index < count && ASCII.matches(argument(index), word)
    }

    func integer(_ index: Int) -> Int? { index < count ? ASCII.integer(argument(index)) : nil }

    /// Whether the number of arguments is what the command takes; Redis refuses it otherwise.
    var hasValidArity: Bool {
        let arity = Int(facts.arity)
        return arity >= 0 ? count == arity : count >= -arity
    }
}
