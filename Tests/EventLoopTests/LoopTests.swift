import EventLoop
import Glibc
import Synchronization
import Testing

extension EventLoopTests {
    @Suite("Timers, mailbox and ticks") struct LoopTests {
        @Test("ten thousand timers fire once each, in the order of their delays, and cancelled ones never")
        func manyTimers() throws {
            var fired: [Int] = []
            var cancelledFired = 0
            try runLoop { loop in
                for number in 0..<10_000 {
                    let delay = number * 7919 % 50
                    let timer = loop.timer(afterMilliseconds: delay) {
                        if number % 2 == 0 { fired.append(delay) } else { cancelledFired += 1 }
                    }
                    if number % 2 == 1 { timer.cancel() }
                }
                loop.timer(afterMilliseconds: 60) { loop.stop() }
            }
            #expect(fired.count == 5_000)
            #expect(fired == fired.sorted())
            #expect(cancelledFired == 0)
        }

        @Test("a repeating timer ends when it cancels itself, and lets go of its closure")
        func selfCancel() throws {
            final class Witness {}
            var witness: Witness? = Witness()
            weak let observed = witness
            var count = 0
            try runLoop { loop in
                var timer: LoopTimer?
                timer = loop.timer(afterMilliseconds: 1, everyMilliseconds: 1) { [witness] in
                    _ = witness
                    count += 1
                    guard count == 3 else { return }
                    timer?.cancel()
                    loop.timer(afterMilliseconds: 10) { loop.stop() }
                }
                witness = nil
            }
            #expect(count == 3)
            #expect(observed == nil)
        }

        final class Tally: Sendable {
            let numbers = Mutex<[Int: [Int]]>([:])
            func add(_ number: Int, from thread: Int) {
                numbers.withLock { $0[thread, default: []].append(number) }
            }
        }

        @Test("every closure posted by eight threads runs once, in the order of its thread")
        func mailbox() throws {
            let perThread = 5_000
            let tally = Tally()
            let running = Atomic(8)
            let refused = Atomic(0)
            try runLoop { loop in
                let mailbox = loop.mailbox
                for thread in 0..<8 {
                    detach {
                        for number in 0..<perThread {
                            let isAccepted = mailbox.post { tally.add(number, from: thread) }
                            if !isAccepted { refused.add(1, ordering: .relaxed) }
                        }
                        if running.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                            mailbox.stop()
                        }
                    }
                }
            }
            #expect(refused.load(ordering: .relaxed) == 0)
            let lists = tally.numbers.withLock { $0 }
            #expect(lists.count == 8)
            for (_, list) in lists { #expect(list == Array(0..<perThread)) }
        }

        /// Runs `body` on a thread of its own.
        private func detach(_ body: @escaping @Sendable () -> Void) {
            final class Box: Sendable {
                let body: @Sendable () -> Void
                init(_ body: @escaping @Sendable () -> Void) { self.body = body }
            }
            var thread = pthread_t()
            let context = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
            unsafe pthread_create(
                &thread, nil,
                { context in
                    unsafe Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
                    return nil
                }, context)
            pthread_detach(thread)
        }

        @Test("a mailbox whose loop has stopped refuses and drops the work")
        func stoppedMailbox() throws {
            var mailbox: Mailbox?
            try runLoop { loop in
                mailbox = loop.mailbox
                loop.stop()
            }
            let tally = Tally()
            let isAccepted = mailbox?.post { tally.add(1, from: 1) }
            #expect(isAccepted == false)
            #expect(tally.numbers.withLock { $0.isEmpty })
        }

        @Test("posted work reaches what is bound to the loop")
        func loopBound() throws {
            var count = 0
            try runLoop { loop in
                let bound = LoopBound({ count += 1 }, loop: loop)
                let mailbox = loop.mailbox
                detach {
                    mailbox.post { bound.value() }
                    mailbox.stop()
                }
            }
            #expect(count == 1)
        }

        @Test("work for the end of the tick runs once, and work added by it in a tick that follows at once")
        func tickEnd() throws {
            var order: [Int] = []
            try runLoop { loop in
                loop.timer(afterMilliseconds: 0) {
                    loop.atTickEnd {
                        order.append(2)
                        loop.atTickEnd {
                            order.append(3)
                            loop.atTickEnd {
                                order.append(4)
                                loop.stop()
                            }
                        }
                    }
                    order.append(1)
                }
            }
            #expect(order == [1, 2, 3, 4])
        }

        @Test(
            "output appended by a timer, by posted work and right before stop is sent without another event")
        func flushOutsideReads() throws {
            var server: Recorder?
            try Place.unix.withAddress { address in
                try runLoop { loop in
                    try connectPair(on: address, loop: loop) { far, near in
                        let client = Recorder(near)
                        server = Recorder(far) { recorder in
                            recorder.onReceived = { recorder in
                                if recorder.text == "a" {
                                    let bound = LoopBound(client, loop: loop)
                                    loop.mailbox.post { bound.value.send("b") }
                                }
                                if recorder.text == "ab" { loop.stop() }
                            }
                        }
                        loop.timer(afterMilliseconds: 1) { client.send("a") }
                    }
                }
            }
            #expect(server?.text == "ab")
        }

        @Test("output appended in the tick that stops the loop is still sent")
        func flushAtStop() throws {
            var pair: [Int32] = [-1, -1]
            #expect(unsafe socketpair(AF_UNIX, 1, 0, &pair) == 0)
            try runLoop { loop in
                let recorder = Recorder(try Stream(adopting: pair[0], peer: .unix("pair"), loop: loop))
                loop.timer(afterMilliseconds: 0) {
                    recorder.send("bye")
                    loop.stop()
                }
            }
            var bytes = [UInt8](repeating: 0, count: 16)
            #expect(unsafe recv(pair[1], &bytes, bytes.count, 0) == 3)
            #expect(unsafe recv(pair[1], &bytes, bytes.count, 0) == 0)
            close(pair[1])
        }

        @Test("a signal runs its closure on the loop")
        func signal() throws {
            var count = 0
            try runLoop { loop in
                loop.onSignal(SIGUSR1) {
                    count += 1
                    loop.stop()
                }
                loop.timer(afterMilliseconds: 0) { kill(getpid(), SIGUSR1) }
            }
            #expect(count == 1)
        }
    }
}
