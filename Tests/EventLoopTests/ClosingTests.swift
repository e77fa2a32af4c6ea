import Bytes
import EventLoop
import Glibc
import Testing

extension EventLoopTests {
    @Suite("Closing") struct ClosingTests {
        /// Runs a pair in which the server does `close` when bytes arrive, and returns what each end was
        /// told.
        private func calls(
            _ place: Place, _ configure: @escaping (Recorder, _ other: Stream) -> Void
        ) throws -> [String] {
            var server: Recorder?
            try place.withAddress { address in
                try runLoop { loop in
                    try connectPair(place, on: address, loop: loop) { far, near in
                        server = Recorder(far) { recorder in
                            configure(recorder, near)
                            recorder.onClosed = { _ in loop.timer(afterMilliseconds: 1) { loop.stop() } }
                        }
                        let client = Recorder(near)
                        client.send("PING")
                        near.shutdownWrite()
                    }
                }
            }
            return server?.calls ?? []
        }

        @Test("close inside streamReceived is followed by streamClosed only", arguments: Place.remote)
        func closeInReceived(_ place: Place) throws {
            let calls = try calls(place) { recorder, _ in
                recorder.onReceived = { recorder in
                    recorder.send("never sent")
                    recorder.stream.close()
                    recorder.stream.close()
                    recorder.stream.closeAfterFlush()
                    recorder.stream.resumeReading()
                    recorder.stream.scheduleFlush()
                    #expect(!recorder.stream.isOpen)
                    #expect(recorder.calls == ["received"], "streamClosed came from inside close")
                }
            }
            #expect(calls == ["received", "closed"])
        }

        @Test("close inside streamEnded is followed by streamClosed only", arguments: Place.remote)
        func closeInEnded(_ place: Place) throws {
            let calls = try calls(place) { recorder, _ in recorder.onEnded = { $0.stream.close() } }
            #expect(calls == ["received", "ended", "closed"])
        }

        @Test("closing the other end in a callback ends both", arguments: Place.remote)
        func closeOther(_ place: Place) throws {
            let calls = try calls(place) { recorder, other in recorder.onReceived = { _ in other.close() } }
            #expect(calls.first == "received")
            #expect(calls.last == "closed")
            #expect(calls.count { $0 == "closed" } == 1)
        }

        @Test("close inside streamDrained is followed by streamClosed only", arguments: Place.remote)
        func closeInDrained(_ place: Place) throws {
            var server: Recorder?
            try place.withAddress { address in
                try runLoop { loop in
                    try connectPair(place, on: address, loop: loop) { far, near in
                        server = Recorder(far) { recorder in
                            recorder.onDrained = { $0.stream.close() }
                            recorder.onClosed = { _ in loop.stop() }
                        }
                        _ = Recorder(near) { $0.keepsBytes = false }
                        far.output.append([UInt8](repeating: 1, count: 16 << 20))
                        far.scheduleFlush()
                    }
                }
            }
            #expect(server?.calls == ["drained", "closed"])
        }

        @Test(
            "a stream that is open when the loop stops is told so without a reason", arguments: Place.remote)
        func loopStops(_ place: Place) throws {
            var server: Recorder?
            try place.withAddress { address in
                try runLoop { loop in
                    try connectPair(place, on: address, loop: loop) { far, _ in
                        server = Recorder(far)
                        loop.stop()
                    }
                }
            }
            #expect(server?.calls == ["closed"])
            #expect(server?.closeReason == nil)
        }

        @Test("streams and their handlers are let go once streamClosed has returned", arguments: Place.remote)
        func released(_ place: Place) throws {
            weak var server: Recorder?
            weak var client: Stream?
            var wasAlive = false
            try place.withAddress { address in
                try runLoop { loop in
                    try connectPair(place, on: address, loop: loop) { far, near in
                        let recorder = Recorder(far)
                        server = recorder
                        client = near
                        loop.timer(afterMilliseconds: 1) {
                            wasAlive = server != nil && client != nil
                            client?.close()
                            server?.onClosed = { _ in loop.timer(afterMilliseconds: 0) { loop.stop() } }
                        }
                    }
                }
            }
            #expect(wasAlive)
            #expect(server == nil)
            #expect(client == nil)
        }

        @Test("a loop that never ran closes its streams when it goes")
        func neverRan() throws {
            var pair: [Int32] = [-1, -1]
            #expect(unsafe socketpair(AF_UNIX, 1, 0, &pair) == 0)
            var recorder: Recorder?
            do {
                let loop = try EventLoop()
                loop.timer(afterMilliseconds: 1_000) {}
                recorder = Recorder(try Stream(adopting: pair[0], peer: .unix("pair"), loop: loop))
            }
            #expect(recorder?.calls == ["closed"])
            Glibc.close(pair[1])
        }

        @Test("nothing of a busy loop stays open after it")
        func descriptorLeak() async {
            // In a process of its own, where no other test opens anything.
            await #expect(processExitsWith: .success) {
                try ClosingTests.busyLoop()
                let before = openDescriptorCount()
                for _ in 0..<5 { try ClosingTests.busyLoop() }
                #expect(openDescriptorCount() == before)
            }
        }

        private static func busyLoop() throws {
            var attempts = 0
            try Place.tcp.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { stream in
                        if attempts % 2 == 0 { _ = Echo(stream) }
                    }
                    for _ in 0..<50 {
                        Connector.connect(to: listener.address, loop: loop, timeoutMilliseconds: 5_000) {
                            result in
                            attempts += 1
                            guard let stream = try? result.get() else { return }
                            if attempts % 3 == 0 { Recorder(stream).send("PING") }
                            if attempts % 5 == 0 { stream.close() }
                            if attempts == 50 { loop.stop() }
                        }
                    }
                    loop.onSignal(SIGUSR2) {}
                    loop.resolve(host: "localhost", port: 1) { _, _ in }
                }
            }
            #expect(attempts == 50)
        }
    }
}
