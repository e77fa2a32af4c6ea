/// How a command concerns the connection that it is sent on, or the whole keyspace; most do neither.
public enum Behaviour: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case plain
    case select, auth, hello, reset, quit
    case multi, exec, discard, watch, unwatch
    /// Waits for something: the BLPOP family, WAIT, WAITAOF.
    case block
    /// Waits when the request says so: XREAD and XREADGROUP with BLOCK, see `CommandTable.blocks`.
    case blockIfAsked
    case subscribe, unsubscribe, psubscribe, punsubscribe, ssubscribe, sunsubscribe
    case monitor
    /// SYNC, PSYNC, REPLCONF: the connection speaks the replication protocol from here on.
    case sync
    case clientSetName, clientSetInfo, clientGetName, clientId, clientInfo, clientReply
    /// TRACKING, CACHING, NO-EVICT, NO-TOUCH.
    case clientTracking
    /// TRACKINGINFO and GETREDIR, which ask about the connection.
    case clientTrackingQuestion
    /// Changes something about the connection that nobody else may feel.
    case pin
    /// Keeps Redis from whatever is behind it on the connection, and changes nothing there: DEBUG SLEEP.
    case alone
    /// SCRIPT DEBUG: the next EVAL on the connection begins a conversation of another kind.
    case scriptDebug
    case scan, keys, randomKey
    /// FLUSHALL and FLUSHDB.
    case flush
    case swapDb
    /// MOVE and COPY: may write to another database than the connection's.
    case move
    /// The EVAL and FCALL families without their read-only forms.
    case script
    /// Their read-only forms.
    case readOnlyScript
    /// MODULE LOAD, LOADEX and UNLOAD: the server's commands are others afterwards.
    case moduleLoad
    case unknown
}
