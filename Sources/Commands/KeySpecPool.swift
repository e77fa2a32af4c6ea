import Bytes

/// The key specifications of all commands in one array, their keywords told apart by number.
struct KeySpecPool {
    private(set) var specs: [KeySpec] = []
    private(set) var keywords: [ByteString] = []

    mutating func append(_ keys: [CommandRow.Keys]) {
        for key in keys {
            var spec = key.spec
            if let word = key.keyword { spec.keyword = Int16(number(of: word)) }
            specs.append(spec)
        }
    }

    private mutating func number(of keyword: ByteString) -> Int {
        let word = ByteString(keyword.bytes.map(ASCII.uppercased))
        if let known = keywords.firstIndex(of: word) { return known }
        keywords.append(word)
        return keywords.count - 1
    }
}
