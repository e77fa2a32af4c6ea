import Bytes
import RESP

/// A link that is opened while Redis runs a script: Redis refuses SELECT then, as nearly everything.
extension Link {
    /// What waits to be sent goes over a link that is where this one was to be, if one has nothing to do;
    /// otherwise it is answered as Redis answers all that it gets now.
    func openedWhileBusy(_ refusal: String) {
        isAttempt = false
        let reason = LinkFailure("Redis refused the connection: \(refusal)", sentNothing: true)
        if owner?.isStreaming == true { return fail(reason) }
        var places: [ExpectedReply] = []
        while !expected.isEmpty { places.append(expected.removeFirst()) }
        if places.first?.task is GreetingTask {
            places.removeFirst().takeTask()?.lost(nil, reason: reason)
        }
        let waiting = ByteString(backlog.span)
        let client = owner
        if let client {
            owner = nil
            pool.tally.pinnedLinks -= 1
            client.abandonLink()
        }
        if let client, let twin = pool.quietLink(key) {
            client.move(places, waiting, to: twin)
            return fail(reason)
        }
        fail(reason)
        var reply = ByteBuffer()
        ReplyEncoder.error(refusal, into: &reply)
        for place in places { place.answer(reply.span, self) }
    }
}

extension ExpectedReply {
    /// Gives whoever waits the reply that Redis would send.
    fileprivate func answer(_ bytes: Span<UInt8>, _ link: Link) {
        let session = session
        if let task = takeTask() {
            var reply = ReplyScanner()
            _ = reply.scan(bytes, from: 0)
            task.begin(session)
            switch task.delivery {
            case .forward:
                session?.deliver(bytes)
                task.replied(reply, frame: Span(), session: session, link: link)
            case .discard: task.replied(reply, frame: Span(), session: session, link: link)
            case .collect: task.replied(reply, frame: bytes, session: session, link: link)
            }
        } else {
            session?.deliver(bytes)
        }
        session?.replyEnded(on: link)
    }
}

extension Session {
    /// Takes a shared link that has nothing to do out of sharing, for requests that were to go elsewhere.
    fileprivate func move(_ places: [ExpectedReply], _ requests: ByteString, to link: Link) {
        worker.pool.adopt(link, for: self)
        self.link = link
        isPinned = true
        for place in places { link.expected.append(place) }
        link.send(requests.span)
    }
}
