public import Bytes

extension Conventions {
    /// The convention by which something else can make `key` stale; nil where none can.
    ///
    /// Looks through all of them: for work that no index can narrow down.
    public func derivation(of key: ByteString) -> Origin? {
        if isProtected(key.span) { return nil }
        if let tag = facts(of: key.span).tags.first { return tag.origin }
        return links.first { !$0.isTag && $0.dependent.match(key.span) != nil }?.origin
    }

    /// The convention by which a write of some other key can make `key` stale: it is built from one, or a
    /// rule invalidates it or a tag that it carries. Nil where none can.
    public func derivation(fromWritesOf key: ByteString) -> Origin? {
        if isProtected(key.span) { return nil }
        if let link = links.first(where: { !$0.isTag && $0.dependent.match(key.span) != nil }) {
            return link.origin
        }
        guard links.contains(where: \.isTag) else { return nil }
        for tag in facts(of: key.span).tags {
            if let origin = derivation(ofTag: tag.name) { return origin }
        }
        return nil
    }

    /// The rule by which a write can invalidate `tag`, or one above it; nil where none can.
    public func derivation(ofTag tag: ByteString) -> Origin? {
        let names = [tag] + TagName.ancestors(of: tag)
        return links.first { link in
            link.isTag && names.contains { link.dependent.match($0.span) != nil }
        }?.origin
    }

    /// The tag one level above `tag`; nil at the top.
    public func parent(ofTag tag: ByteString) -> ByteString? { TagName.ancestors(of: tag).first }

    /// The tag whose members the index set has; nil for any other key.
    public func tag(ofIndexKey key: ByteString) -> ByteString? {
        guard key.bytes.starts(with: IndexKey.tagPrefix) || key.bytes.starts(with: IndexKey.childrenPrefix)
        else { return nil }
        return ByteString(Array(key.bytes.dropFirst(IndexKey.tagPrefix.count)))
    }
}
