import TestSupport

/// Where Freshet answers otherwise than Redis, deliberately. Whatever is not here must be equal.
struct Divergence: Sendable, CustomStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// What Redis says until the client's end of the conversation.
    let redis: String
    /// What Freshet says before it closes.
    let freshet: String
    let reason: String

    var description: String { "\(name): \(reason)" }

    static let all: [Divergence] = [
        Divergence(
            name: "NUL in an inline command",
            bytes: Array("PING\0\r\nPING\r\n".utf8),
            redis: "",
            freshet: "-ERR Protocol error: invalid inline\r\n",
            reason:
                "Redis never sees the newline behind a NUL and stalls forever; an error and a close help more"
        )
    ]
}
