import Testing

/// The values of `connections`: whether sessions share links or have one each.
enum ConnectionMode: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case shared, dedicated

    var testDescription: String { rawValue }
}
