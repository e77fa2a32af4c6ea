/// A place in a configuration: where a word stands.
public struct SourceLocation: Sendable, Hashable {
    public var file: String
    /// 1-based; 0 when the place is not known.
    public var line: Int
    /// 1-based, in bytes.
    public var column: Int
    /// In bytes; what a caret line underlines.
    public var length: Int

    public init(file: String, line: Int, column: Int, length: Int) {
        self.file = file
        self.line = line
        self.column = column
        self.length = length
    }

    /// A place nobody knows: an empty line was given.
    public static let unknown = SourceLocation(file: "", line: 0, column: 0, length: 0)

    /// `file:line`, as explanations cite it.
    public var cited: String { line == 0 ? file : "\(file):\(line)" }

    /// The place right behind this one, where a missing word was expected.
    var following: SourceLocation {
        SourceLocation(file: file, line: line, column: column + length, length: 1)
    }
}
