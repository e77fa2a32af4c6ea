/// Bytes for a fresh connection, and how the conversation ends.
struct WireRow: Sendable, CustomStringConvertible {
    enum Ending: Sendable {
        /// The client says that it is done; the server answers everything and closes.
        case halfClose
        /// The server closes by itself while the client would still listen.
        case serverCloses
    }

    let name: String
    let bytes: [UInt8]
    var ending = Ending.halfClose
    var masks: [Mask] = []

    init(_ name: String, _ text: String, _ ending: Ending = .halfClose, masks: [Mask] = []) {
        self.init(name, bytes: Array(text.utf8), ending, masks: masks)
    }

    init(_ name: String, bytes: [UInt8], _ ending: Ending = .halfClose, masks: [Mask] = []) {
        self.name = name
        self.bytes = bytes
        self.ending = ending
        self.masks = masks
    }

    var description: String { name }
}
