/// Something that holds for every input of a target, however hostile.
///
/// The fuzzer and the tests of the corpus check the same properties.
public struct Property: Sendable {
    /// What holds, as a sentence.
    public let name: String
    private let check: @Sendable ([UInt8]) -> String?

    /// - Parameter check: says how the input breaks the property, or nil.
    init(_ name: String, _ check: @escaping @Sendable ([UInt8]) -> String?) {
        self.name = name
        self.check = check
    }

    /// How `input` breaks the property; nil when it holds.
    public func violation(of input: [UInt8]) -> String? { check(input).map { "\(name): \($0)" } }
}
