/// Finds text in text, byte by byte.
enum ByteSearch {
    static func contains(_ text: String, _ part: String) -> Bool {
        let text = Array(text.utf8)
        let part = Array(part.utf8)
        guard let first = part.first else { return true }
        guard text.count >= part.count else { return false }
        return (0...(text.count - part.count)).contains { start in
            text[start] == first && text[start..<start + part.count].elementsEqual(part)
        }
    }
}
