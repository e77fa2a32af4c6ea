import Testing

@testable import Alerts

/// What a condition has to do to fire, be repeated and be resolved; the clock is the test's.
@Suite struct BookTests {
    private static func at(_ milliseconds: Int64) -> Moment {
        Moment(wall: 1_000_000 + milliseconds, monotonic: milliseconds)
    }

    private static func book(limit: Int = 10) -> AlertBook {
        var book = AlertBook(rules: AlertBook.Rules(grace: 100, interval: 1000, limit: limit))
        book.tell([1])
        return book
    }

    private static let down = Alert(.upstreamDown, labels: ["side": "primary"])
    private static let identity = AlertBook.Identity(name: down.name, labels: down.labels)

    @Test("a condition that passes within its grace never fires")
    func grace() {
        var book = Self.book()
        _ = book.fire(Self.down, at: Self.at(0))
        book.advance(to: Self.at(99))
        #expect(book.due(for: 1, repeats: true, at: Self.at(99)).isEmpty)
        book.resolve(Self.identity, at: Self.at(99))
        book.advance(to: Self.at(500))
        #expect(book.entries.isEmpty)
    }

    @Test(
        "a condition that lasts fires, is repeated, and is resolved once it has been over for long enough"
    )
    func life() throws {
        var book = Self.book()
        _ = book.fire(Self.down, at: Self.at(0))
        book.advance(to: Self.at(100))
        let first = try #require(book.due(for: 1, repeats: true, at: Self.at(100)).first)
        #expect(first.status == .firing)
        #expect(first.startsAt == 1_000_000)
        #expect(first.endsAt == 1_000_100 + 4000)
        book.accepted([first], by: 1, at: Self.at(100))
        #expect(book.due(for: 1, repeats: true, at: Self.at(1099)).isEmpty)
        #expect(book.due(for: 1, repeats: true, at: Self.at(1100)).count == 1)
        #expect(book.due(for: 1, repeats: false, at: Self.at(1_000_000)).isEmpty)

        book.resolve(Self.identity, at: Self.at(2000))
        book.advance(to: Self.at(2099))
        #expect(book.entries[Self.identity]?.status == .firing)
        book.advance(to: Self.at(2100))
        let last = try #require(book.due(for: 1, repeats: false, at: Self.at(2100)).first)
        #expect(last.status == .resolved)
        #expect(last.endsAt == 1_002_000)
        book.accepted([last], by: 1, at: Self.at(2100))
        #expect(book.entries.isEmpty)
    }

    @Test("a Redis that comes and goes keeps one alert firing")
    func flapping() {
        var book = Self.book()
        _ = book.fire(Self.down, at: Self.at(0))
        book.advance(to: Self.at(100))
        var resolutions = 0
        for round in 0..<50 {
            let now = Int64(200 + round * 60)
            if round % 2 == 0 {
                book.resolve(Self.identity, at: Self.at(now))
            } else {
                _ = book.fire(Self.down, at: Self.at(now))
            }
            book.advance(to: Self.at(now + 59))
            if book.entries[Self.identity]?.status != .firing { resolutions += 1 }
        }
        #expect(resolutions == 0)
        #expect(book.entries[Self.identity]?.startsAt == 1_000_000)
    }

    @Test("what nobody has heard of being resolved is kept until somebody has")
    func undelivered() {
        var book = Self.book()
        book.tell([1, 2])
        _ = book.fire(Alert(.reloadFailed), at: Self.at(0))
        let notices = book.due(for: 1, repeats: true, at: Self.at(0))
        book.accepted(notices, by: 1, at: Self.at(0))
        book.resolve(AlertBook.Identity(name: "FreshetReloadFailed", labels: [:]), at: Self.at(10))
        let over = book.due(for: 1, repeats: true, at: Self.at(10))
        #expect(over.map(\.status) == [.resolved])
        book.accepted(over, by: 1, at: Self.at(10))
        #expect(book.entries.count == 1)
        book.tell([1])
        #expect(book.entries.isEmpty, "the destination that had not heard is gone")
    }

    @Test("an event without an end of its own fires at once and is resolved when nothing followed for long")
    func event() {
        var book = Self.book()
        let gap = AlertBook.Identity(name: "FreshetAuditGap", labels: [:])
        for time in [Int64(0), 3000] {
            _ = book.fire(Alert(.auditGap), at: Self.at(time))
            book.resolve(gap, at: Self.at(time))
            book.advance(to: Self.at(time))
            #expect(book.entries[gap]?.status == .firing)
        }
        book.advance(to: Self.at(3000 + 5999))
        #expect(book.entries[gap]?.status == .firing)
        #expect(book.nextChange == 9000)
        book.advance(to: Self.at(9000))
        #expect(book.entries[gap]?.status == .resolved)
    }

    @Test("at the limit further alerts are refused, and what is over makes room first")
    func limit() {
        var book = Self.book(limit: 2)
        func alert(_ number: Int) -> Alert { Alert(.dlqNotEmpty, labels: ["n": "\(number)"]) }
        let taken = (1...3).map { book.fire(alert($0), at: Self.at(0)) }
        #expect(taken == [true, true, false])
        let known = book.fire(alert(2), at: Self.at(0))
        #expect(known, "one that is known is not refused")
        book.end(AlertBook.Identity(name: "FreshetDLQNotEmpty", labels: ["n": "1"]), at: Self.at(1))
        let third = book.fire(alert(3), at: Self.at(2))
        #expect(third)
        #expect(book.entries.count == 2)
    }

    @Test("an alert that a destination refuses does not keep others from it")
    func order() {
        var book = Self.book()
        for number in 1...3 { _ = book.fire(Alert(.dlqNotEmpty, labels: ["n": "\(number)"]), at: Self.at(0)) }
        let due = { book.due(for: 1, repeats: false, at: Self.at(0)).compactMap { $0.alert.labels["n"] } }
        #expect(due() == ["1", "2", "3"])
        book.refused([book.due(for: 1, repeats: false, at: Self.at(0))[0]], by: 1)
        #expect(due() == ["2", "3", "1"])
    }
}
