/// Keeps an intent for as long as somebody keeps this.
final class HeldIntent {
    let ticket: IntentBook.Ticket
    private let intents: IntentBook

    init(_ ticket: IntentBook.Ticket, _ intents: IntentBook) {
        self.ticket = ticket
        self.intents = intents
    }

    deinit { intents.release(ticket) }
}
