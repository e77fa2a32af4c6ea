import Bytes
import EventLoop
import Glibc
import Testing

extension EventLoopTests {
    @Suite("Streams") struct StreamTests {
        @Test("a megabyte comes back from an echo as it was sent", arguments: Place.allCases)
        func echo(_ place: Place) throws {
            let payload = pattern(1 << 20)
            var received: [UInt8] = []
            try place.withAddress { address in
                try runLoop { loop in
                    try connectPair(place, on: address, loop: loop) { server, client in
                        _ = Echo(server)
                        let recorder = Recorder(client) { recorder in
                            recorder.onReceived = {
                                if $0.received.count == payload.count { $0.stream.close() }
                            }
                            recorder.onClosed = { recorder in
                                received = recorder.received
                                loop.stop()
                            }
                        }
                        client.output.append(payload)
                        recorder.stream.scheduleFlush()
                    }
                }
            }
            #expect(areEqual(received, payload))
        }

        @Test("what the kernel refuses follows when a slow reader reads", arguments: Place.allCases)
        func slowReader(_ place: Place) throws {
            let payload = pattern(16 << 20)
            var writer: Recorder?
            var reader: Recorder?
            var heldAtBlock = 0
            try place.withAddress { address in
                try runLoop { loop in
                    try connectPair(place, on: address, loop: loop) { server, client in
                        reader = Recorder(client) { recorder in
                            recorder.onReceived = { if $0.received.count == payload.count { loop.stop() } }
                        }
                        client.pauseReading()
                        writer = Recorder(server)
                        server.output.append(payload)
                        server.scheduleFlush()
                        loop.timer(afterMilliseconds: 0, everyMilliseconds: 1) {
                            guard heldAtBlock == 0, server.pendingOutput < payload.count else { return }
                            heldAtBlock = server.pendingOutput
                            client.resumeReading()
                        }
                    }
                }
            }
            #expect(heldAtBlock > 0)
            #expect(areEqual(reader?.received, payload))
            #expect(writer?.calls == ["drained", "closed"])
            #expect(writer?.closeReason == nil)
        }

        @Test("a stream that was asked tells when all is sent, even if the kernel takes it at once")
        func tellsWhenSent() throws {
            var writer: Recorder?
            try Place.tcp.withAddress { address in
                try runLoop { loop in
                    try connectPair(on: address, loop: loop) { server, client in
                        _ = Recorder(client)
                        writer = Recorder(server) { $0.onDrained = { _ in loop.stop() } }
                        server.tellWhenSent()
                        writer?.send("short")
                    }
                }
            }
            #expect(writer?.calls == ["drained", "closed"])
        }

        @Test("a stream without output owns no memory for it")
        func idleMemory() throws {
            var allocated = -1
            try Place.tcp.withAddress { address in
                try runLoop { loop in
                    try connectPair(on: address, loop: loop) { server, client in
                        _ = Echo(server)
                        let recorder = Recorder(client) { recorder in
                            recorder.onReceived = { _ in
                                allocated =
                                    server.output.allocatedByteCount + client.output.allocatedByteCount
                                loop.timer(afterMilliseconds: 0) {
                                    allocated =
                                        server.output.allocatedByteCount + client.output.allocatedByteCount
                                    loop.stop()
                                }
                            }
                        }
                        recorder.send("PING")
                    }
                }
            }
            #expect(allocated == 0)
        }

        @Test("after a half close the other direction still works", arguments: Place.allCases)
        func halfClose(_ place: Place) throws {
            var server: Recorder?
            var client: Recorder?
            try place.withAddress { address in
                try runLoop { loop in
                    try connectPair(place, on: address, loop: loop) { far, near in
                        server = Recorder(far) { recorder in
                            recorder.onEnded = { recorder in
                                recorder.send("goodbye")
                                recorder.stream.closeAfterFlush()
                            }
                        }
                        client = Recorder(near) { $0.onClosed = { _ in loop.stop() } }
                        client?.send("hello")
                        near.shutdownWrite()
                    }
                }
            }
            #expect(server?.text == "hello")
            #expect(server?.calls == ["received", "ended", "closed"])
            #expect(client?.text == "goodbye")
            #expect(client?.calls == ["received", "ended", "closed"])
        }

        @Test("output that waits is sent although the peer has ended", arguments: Place.allCases)
        func endWithPendingOutput(_ place: Place) throws {
            let payload = pattern(8 << 20)
            var server: Recorder?
            var client: Recorder?
            var pendingAtEnd = 0
            try place.withAddress { address in
                try runLoop { loop in
                    try connectPair(place, on: address, loop: loop) { far, near in
                        server = Recorder(far) { recorder in
                            recorder.onEnded = { recorder in
                                pendingAtEnd = recorder.stream.pendingOutput
                                recorder.stream.closeAfterFlush()
                                client?.stream.resumeReading()
                            }
                        }
                        client = Recorder(near) { $0.onClosed = { _ in loop.stop() } }
                        near.pauseReading()
                        far.output.append(payload)
                        far.scheduleFlush()
                        loop.timer(afterMilliseconds: 1) { near.shutdownWrite() }
                    }
                }
            }
            #expect(pendingAtEnd > 0)
            #expect(areEqual(client?.received, payload))
            #expect(server?.calls == ["ended", "closed"])
            #expect(server?.closeReason == nil)
        }

        @Test("many appends of one tick leave in one piece")
        func oneSendPerTick() throws {
            var client: Recorder?
            try Place.unix.withAddress { address in
                try runLoop { loop in
                    try connectPair(on: address, loop: loop) { far, near in
                        client = Recorder(near) { recorder in
                            recorder.onReceived = { if $0.receivedByteCount == 400 { loop.stop() } }
                        }
                        let server = Recorder(far)
                        for _ in 0..<100 { server.send("+OK\n") }
                    }
                }
            }
            #expect(client?.calls == ["received", "closed"])
        }

        @Test("the last words of a peer that reset the connection are still read")
        func lastWords() throws {
            var server: Recorder?
            try Place.tcp.withAddress { address in
                try runLoop { loop in
                    try connectPair(on: address, loop: loop) { far, near in
                        let client = Recorder(near)
                        client.send("-ERR max number of clients reached\r\n")
                        loop.timer(afterMilliseconds: 1) {
                            var option = linger(l_onoff: 1, l_linger: 0)
                            unsafe setsockopt(
                                near.descriptor, SOL_SOCKET, SO_LINGER, &option,
                                socklen_t(MemoryLayout<linger>.size))
                            near.close()
                            server = Recorder(far) { $0.onClosed = { _ in loop.stop() } }
                            server?.send("PING\r\n")
                        }
                    }
                }
            }
            #expect(server?.text == "-ERR max number of clients reached\r\n")
            #expect(server?.calls == ["received", "closed"])
            #expect(server?.closeReason != nil)
        }
    }
}
