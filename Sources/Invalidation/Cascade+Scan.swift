import Bytes
import Hiredis
import Naming
import RESP
import Relay

/// Drains at full speed, for when nobody has to wait for Redis.
///
/// SSCAN goes on one link, and UNLINK of what it has told on another, so that Redis always has something to
/// do. It costs Redis less than the script, but a client may wait for as long as `ahead` commands take.
extension Cascade {
    /// How many UNLINKs of one set may wait for their replies.
    static let ahead = 8

    func scan(_ place: Int, _ count: Int, on link: Link) {
        let take = drains[place].take
        outstanding += 1
        sent(1)
        drains[place].isBusy = true
        link.sendOwn(
            ["SSCAN", take.drain, drains[place].cursor, "COUNT", ByteString(String(count))],
            FrameReply { [self] frame in
                scanned(take, frame)
                replied()
            } lost: { [self] reason in
                scanFailed(take, .failure(reason))
                replied()
            })
    }

    /// Reads members that are gone already, to follow them.
    func reread(_ place: Int, _ count: Int, on link: Link) {
        let take = drains[place].take
        outstanding += 1
        sent(1)
        drains[place].isBusy = true
        link.sendOwn(
            ["SSCAN", take.drain, drains[place].cursor, "COUNT", ByteString(String(count))],
            OwnReply { [self] result in
                if case .success(.array(let parts)) = result, parts.count == 2, let cursor = parts[0].bytes,
                    let names = parts[1].elements, let place = self.place(of: take)
                {
                    drains[place].isBusy = false
                    drains[place].cursor = cursor
                    drains[place].isRead = cursor == "0"
                    for case let name? in names.map(\.bytes) where conventions.mayLeadOn(name.span) {
                        frontier.roots.append(Frontier.Root(key: name, depth: take.depth))
                    }
                    finishIfEmpty(place)
                } else {
                    scanFailed(take, result)
                }
                replied()
            })
    }

    private func scanned(_ take: Frontier.Take, _ frame: Span<UInt8>) {
        let wishes = ScanPage.Wishes(
            conventions: conventions, batch: limits.batch,
            follows: conventions.mayLeadOn(membersOf: take.kind),
            all: targets.count < listsAtMost)
        guard let page = ScanPage(frame, wishes), let place = place(of: take) else {
            return scanFailed(take, .success(ReplyValue(frame) ?? .null))
        }
        drains[place].isBusy = false
        drains[place].cursor = page.cursor
        drains[place].isRead = page.cursor == "0"
        drains[place].left = max(0, drains[place].left - page.count)
        for batch in page.batches { remove(batch, of: place) }
        finishIfEmpty(place)
    }

    private func scanFailed(_ take: Frontier.Take, _ result: Result<ReplyValue, LinkFailure>) {
        if let place = place(of: take) { drains[place].isBusy = false }
        noteFailure(result)
    }

    private func remove(_ batch: ScanPage.Batch, of place: Int) {
        let take = drains[place].take
        guard let link = lane(DrainLane.removal + drains[place].lane) else {
            drains[place].hasFailed = true
            return noteFailure(.failure(LinkFailure("there is no link to remove keys", sentNothing: true)))
        }
        outstanding += 1
        sent(1)
        drains[place].removing += 1
        inRemoval += batch.keyCount
        link.sendOwn(
            batch.request,
            OwnReply { [self] result in
                inRemoval -= batch.keyCount
                removed(batch, take, result)
                replied()
            })
    }

    private func removed(
        _ batch: ScanPage.Batch, _ take: Frontier.Take, _ result: Result<ReplyValue, LinkFailure>
    ) {
        let place = place(of: take)
        if let place { drains[place].removing -= 1 }
        if case .success(.error(let error)) = result, RefusedKey.isMeant(by: error.text) {
            // Those that may go do, each as it can; none has gone yet.
            removeEach(of: batch.keys, take)
            if let place { finishIfEmpty(place) }
            return
        }
        guard case .success(.integer(let count)) = result else {
            // The set stays as it is, and is read once more by whoever goes on.
            if let place { drains[place].hasFailed = true }
            return noteFailure(result)
        }
        deleted += max(0, min(count, batch.keyCount))
        got(batch.names, of: take)
        settle(batch.names, of: batch.keyCount, removed: count)
        if batch.names.count < batch.keyCount {
            reached(batch.keyCount - batch.names.count, depth: take.depth)
        }
        if let place { finishIfEmpty(place) }
    }

}

/// Hands the bytes of a reply to a closure, as they came.
private final class FrameReply: ReplyTask {
    private let onFrame: (Span<UInt8>) -> Void
    private let onLost: (LinkFailure) -> Void
    override var delivery: Delivery { .collect }

    init(_ onFrame: @escaping (Span<UInt8>) -> Void, lost onLost: @escaping (LinkFailure) -> Void) {
        self.onFrame = onFrame
        self.onLost = onLost
    }

    override func replied(
        _ reply: borrowing ReplyScanner, frame: Span<UInt8>, session: Session?, link: Link
    ) {
        onFrame(frame)
    }

    override func lost(_ session: Session?, reason: LinkFailure) { onLost(reason) }
}
