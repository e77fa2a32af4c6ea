/// Commands whose keys, effect or reply depend on what else the request says, by how that has to be read.
enum RequestSyntax: UInt8, BitwiseCopyable, Sendable {
    case none
    case set, delex, msetex, hsetex
    case zadd, geoadd, xadd
    case bitfield, sort, migrate
    /// GEORADIUS and GEORADIUSBYMEMBER: where they store is an option.
    case geoRadius
    /// Keys and values in turn from index 1.
    case pairs
    /// A time to live at index 2.
    case time
    /// A relative time at index 2, conditions after it.
    case expire
    /// An absolute time at index 2, conditions after it.
    case expireAt
    /// PERSIST and its like: no form of it touches a value.
    case persist
    /// Times as options from index 2.
    case getex
}
