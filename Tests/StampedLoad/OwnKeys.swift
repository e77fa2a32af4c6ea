import TestSupport

/// The keys of one client, and what it last wrote to each.
///
/// Nobody else uses them. When a connection ends before a write is answered, the write may still happen at
/// any later time, so the key is never used again: the next one of the same kind and place has a new name.
struct OwnKeys {
    enum Kind: String, CaseIterable {
        /// No convention speaks of it.
        case plain
        /// Its writes are recorded in an index set.
        case hot
        /// A write of it invalidates the view of the same place.
        case source
        /// Invalidated with its source.
        case view
        /// A hash.
        case hash
        /// A list.
        case list
    }

    struct Key: Hashable {
        let kind: Kind
        let database: Int
        let place: Int
    }

    struct Content {
        let value: StampedValue
        /// How often Redis had lost its data when this was written.
        let epoch: Int
    }

    private struct Entry {
        var generation = 0
        var content: Content?
    }

    let client: Int
    private var entries: [Key: Entry] = [:]

    init(client: Int) { self.client = client }

    func name(of key: Key) -> String {
        "\(key.kind.rawValue):\(client):\(key.place):d\(key.database)g\(entries[key]?.generation ?? 0)"
    }

    func content(of key: Key) -> Content? { entries[key]?.content }

    mutating func wrote(_ value: StampedValue?, to key: Key, epoch: Int) {
        entries[key, default: Entry()].content = value.map { Content(value: $0, epoch: epoch) }
    }

    /// Gives the key a new name; a view and its source are named alike, so both get one.
    mutating func abandon(_ key: Key) {
        for kind in key.kind == .source || key.kind == .view ? [.source, .view] : [key.kind] {
            let key = Key(kind: kind, database: key.database, place: key.place)
            entries[key, default: Entry()].generation += 1
            entries[key]?.content = nil
        }
    }

    static func random(_ kind: Kind, database: Int, _ seed: inout Seed) -> Key {
        Key(kind: kind, database: database, place: Int.random(in: 0..<6, using: &seed))
    }
}
