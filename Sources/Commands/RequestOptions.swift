/// The options that make a write conditional or change its reply.
struct RequestOptions: OptionSet {
    var rawValue: UInt8

    /// NX, FNX.
    static let ifAbsent = RequestOptions(rawValue: 1)
    /// XX, FXX.
    static let ifPresent = RequestOptions(rawValue: 2)
    /// IFEQ and its like, GT, LT, NOMKSTREAM.
    static let ifOtherwise = RequestOptions(rawValue: 4)
    static let get = RequestOptions(rawValue: 8)
    /// The reply counts changes too, not only additions.
    static let changes = RequestOptions(rawValue: 16)
    static let increment = RequestOptions(rawValue: 32)

    static let conditions: RequestOptions = [.ifAbsent, .ifPresent, .ifOtherwise]

    var isConditional: Bool { !isDisjoint(with: .conditions) }
}

extension RequestWords {
    /// The options of SET and its relatives from `start` to the end or to FIELDS.
    func setOptions(from start: Int) -> RequestOptions {
        var options: RequestOptions = []
        var index = start
        while index < count, !matches(index, "FIELDS") {
            if matches(index, "NX") || matches(index, "FNX") {
                options.insert(.ifAbsent)
            } else if matches(index, "XX") || matches(index, "FXX") {
                options.insert(.ifPresent)
            } else if matches(index, "GET") {
                options.insert(.get)
            } else if isComparison(index) {
                options.insert(.ifOtherwise)
                index += 1
            } else if isTime(index) {
                index += 1
            }
            index += 1
        }
        return options
    }

    /// Whether the options of SET are such that Redis cannot refuse them: each known, at most one condition
    /// and one time, which is no overflow. GET is refused where the key is no string.
    var hasSureSetOptions: Bool {
        var index = 3
        var conditions = 0
        var times = 0
        while index < count {
            if matches(index, "NX") || matches(index, "XX") {
                conditions += 1
            } else if matches(index, "KEEPTTL") {
                times += 1
            } else if isTime(index), isSafeTime(index + 1) {
                times += 1
                index += 1
            } else {
                return false
            }
            index += 1
        }
        return conditions <= 1 && times <= 1
    }

    /// Whether the time is positive and far from any overflow, in seconds as in milliseconds.
    func isSafeTime(_ index: Int) -> Bool { integer(index).map { $0 > 0 && $0 < 1 << 48 } ?? false }

    private func isComparison(_ index: Int) -> Bool {
        matches(index, "IFEQ") || matches(index, "IFNE") || matches(index, "IFDEQ") || matches(index, "IFDNE")
    }

    private func isTime(_ index: Int) -> Bool {
        matches(index, "EX") || matches(index, "PX") || matches(index, "EXAT") || matches(index, "PXAT")
    }

    /// The options of ZADD and GEOADD, which end at the first word that is none, and of EXPIRE.
    func leadingOptions(from start: Int) -> RequestOptions {
        var options: RequestOptions = []
        for index in start..<max(start, count) {
            if matches(index, "NX") {
                options.insert(.ifAbsent)
            } else if matches(index, "XX") {
                options.insert(.ifPresent)
            } else if matches(index, "GT") || matches(index, "LT") {
                options.insert(.ifOtherwise)
            } else if matches(index, "CH") {
                options.insert(.changes)
            } else if matches(index, "INCR") {
                options.insert(.increment)
            } else {
                break
            }
        }
        return options
    }

    /// Whether XADD may leave a missing stream missing; fields begin after at most eight words of options.
    var hasNoMakeStream: Bool {
        for index in 2..<max(2, min(count, 10)) where matches(index, "NOMKSTREAM") { return true }
        return false
    }

    /// The times of GETEX and HGETEX: whether any may end a value's life at once.
    ///
    /// This module has no clock, so every absolute time may.
    var mayExpireAtOnce: Bool {
        var index = 2
        while index < count {
            if matches(index, "EXAT") || matches(index, "PXAT") { return true }
            if matches(index, "EX") || matches(index, "PX") { return !isPositive(index + 1) }
            index += 1
        }
        return false
    }

    func isPositive(_ index: Int) -> Bool { integer(index).map { $0 > 0 } ?? false }
}
