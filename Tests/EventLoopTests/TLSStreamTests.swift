import Bytes
import EventLoop
import Glibc
import Testing

extension EventLoopTests {
    @Suite("Encrypted streams") struct TLSStreamTests {
        @Test("a reader that pauses after every piece gets them all, though the kernel has no event for them")
        func pausing() throws {
            let payload = pattern(1 << 20)
            var reader: Recorder?
            try Place.tls.withAddress { address in
                try runLoop { loop in
                    try connectPair(.tls, on: address, loop: loop) { far, near in
                        reader = Recorder(near) { recorder in
                            recorder.onReceived = { recorder in
                                if recorder.received.count == payload.count { return loop.stop() }
                                recorder.stream.pauseReading()
                                loop.timer(afterMilliseconds: 0) { recorder.stream.resumeReading() }
                            }
                        }
                        let server = Recorder(far)
                        server.stream.output.append(payload)
                        server.stream.scheduleFlush()
                    }
                }
            }
            #expect(areEqual(reader?.received, payload))
        }

        @Test("what is appended before the handshake is over leaves after it")
        func earlyOutput() throws {
            let tls = try TestTLS.shared.get()
            var client: Recorder?
            try Place.tls.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { stream in
                        stream.startTLS(tls.accepting, timeoutMilliseconds: 5_000) { #expect($0 == nil) }
                        let server = Recorder(stream)
                        server.send("early")
                        stream.shutdownWrite()
                    }
                    Connector.connect(
                        to: listener.address, loop: loop, timeoutMilliseconds: 5_000, tls: tls.connecting
                    ) { result in
                        client = (try? result.get()).map { stream in
                            Recorder(stream) { $0.onClosed = { _ in loop.stop() } }
                        }
                    }
                }
            }
            #expect(client?.text == "early")
            #expect(client?.calls == ["received", "ended", "closed"])
        }

        @Test("a certificate that does not hold fails both sides with the reason")
        func mistrust() throws {
            let tls = try TestTLS.shared.get()
            var failure: StreamError?
            var seen: TLSFailure?
            var server: Recorder?
            try Place.tls.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { stream in
                        stream.startTLS(tls.accepting, timeoutMilliseconds: 5_000) { seen = $0 }
                        server = Recorder(stream) { $0.onClosed = { _ in loop.stop() } }
                    }
                    Connector.connect(
                        to: listener.address, loop: loop, timeoutMilliseconds: 5_000, tls: tls.mistrusting
                    ) { result in
                        if case .failure(let error) = result { failure = error }
                    }
                }
            }
            #expect(
                failure?.description.contains("certificate verify failed") == true,
                "\(String(describing: failure))")
            #expect(seen?.reason == .certificate)
            #expect(server?.calls == ["closed"])
            #expect(server?.closeReason?.code == EPROTO)
        }

        @Test("a peer that never answers the handshake fails it at the timeout")
        func timeout() throws {
            let tls = try TestTLS.shared.get()
            var failure: StreamError?
            var kept: Stream?
            try Place.tls.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { (stream: Stream) in
                        kept = stream
                    }
                    Connector.connect(
                        to: listener.address, loop: loop, timeoutMilliseconds: 50, tls: tls.connecting
                    ) { result in
                        if case .failure(let error) = result { failure = error }
                        loop.stop()
                    }
                }
            }
            #expect(failure?.detail?.contains("took longer") == true, "\(String(describing: failure))")
            _ = kept
        }

        @Test("handshakes under way when the loop stops fail as cancelled")
        func loopStops() throws {
            let tls = try TestTLS.shared.get()
            var failure: StreamError?
            var seen: TLSFailure?
            try Place.tls.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { stream in
                        stream.startTLS(tls.accepting, timeoutMilliseconds: 5_000) { seen = $0 }
                        loop.stop()
                    }
                    Connector.connect(
                        to: listener.address, loop: loop, timeoutMilliseconds: 5_000, tls: tls.connecting
                    ) { result in
                        if case .failure(let error) = result { failure = error }
                    }
                }
            }
            #expect(failure?.code == ECANCELED)
            #expect(seen?.reason == .cancelled)
        }

        @Test("bytes that are not TLS end an accepted stream, and none of them is handed over")
        func plainBytes() throws {
            let tls = try TestTLS.shared.get()
            var server: Recorder?
            var client: Recorder?
            var seen: TLSFailure?
            try Place.tls.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { stream in
                        stream.startTLS(tls.accepting, timeoutMilliseconds: 5_000) { seen = $0 }
                        server = Recorder(stream)
                    }
                    Connector.connect(to: listener.address, loop: loop, timeoutMilliseconds: 5_000) {
                        result in
                        client = (try? result.get()).map { stream in
                            Recorder(stream) { $0.onClosed = { _ in loop.stop() } }
                        }
                        client?.send("*1\r\n$4\r\nPING\r\n")
                    }
                }
            }
            #expect(seen?.reason == .notTLS)
            #expect(server?.calls == ["closed"])
            #expect(client?.received == [])
        }
    }
}
