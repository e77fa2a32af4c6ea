/// What the watch over links saw of one when it last looked.
struct LinkSighting {
    var bytesIn = 0
    /// Whether replies were due.
    var owed = false
    /// Since when no byte has come although replies are due; nil when there is no such time.
    var silentSince: UInt64?
    /// Whether the link has left sharing because of that.
    var isStalled = false
}
