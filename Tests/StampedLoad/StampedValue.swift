/// Bytes that say in every few of them whose they are, which write they are of, and how many there are.
struct StampedValue: Equatable {
    let stamp: String
    let size: Int

    /// The stamp over and over, cut at `size`.
    var bytes: [UInt8] {
        let unit = Array("[\(stamp) \(size)]".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + unit.count)
        while bytes.count < size { bytes += unit }
        bytes.removeLast(bytes.count - size)
        return bytes
    }
}
