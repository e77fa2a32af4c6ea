public import Bytes

/// One word of a configuration line, quoting already undone.
public struct Word: Sendable, Hashable {
    public var text: ByteString
    /// Where the word stands as written, quotes included.
    public var location: SourceLocation

    public init(text: ByteString, location: SourceLocation) {
        self.text = text
        self.location = location
    }

    /// The place of `length` bytes of the word, from `offset`.
    ///
    /// Where quoting changed the length, offsets no longer lead to columns: then it is the whole word's
    /// place.
    func location(at offset: Int, length: Int) -> SourceLocation {
        guard location.length == text.count else { return location }
        var place = location
        place.column += offset
        place.length = max(1, length)
        return place
    }
}
