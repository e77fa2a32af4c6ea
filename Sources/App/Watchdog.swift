import EventLoop

/// Reports that all loops turn, as long as they do: each must have answered before the next report.
final class Watchdog {
    private let loop: EventLoop
    private let mailboxes: [Mailbox]
    private let interval: Int
    private let report: () -> Void
    private var missing = 0

    init(
        loop: EventLoop, mailboxes: [Mailbox], intervalMilliseconds: Int, report: @escaping () -> Void
    ) {
        self.loop = loop
        self.mailboxes = mailboxes
        interval = max(1, intervalMilliseconds)
        self.report = report
    }

    func start() {
        check()
        loop.timer(afterMilliseconds: interval, everyMilliseconds: interval) { [weak self] in self?.check() }
    }

    private func check() {
        guard missing == 0 else { return }
        report()
        missing = mailboxes.count
        let (back, watchdog) = (loop.mailbox, LoopBound(self, loop: loop))
        for mailbox in mailboxes {
            mailbox.post { back.post { watchdog.value.missing -= 1 } }
        }
    }
}
