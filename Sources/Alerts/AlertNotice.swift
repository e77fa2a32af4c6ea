/// An alert as one message tells it.
struct AlertNotice: Sendable {
    enum Status: String, Sendable { case firing, resolved }

    var identity: AlertBook.Identity
    var alert: Alert
    var status: Status
    /// On the wall clock, in milliseconds.
    var startsAt: Int64
    var endsAt: Int64
}
