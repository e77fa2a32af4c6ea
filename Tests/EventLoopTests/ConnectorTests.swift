import EventLoop
import Glibc
import Testing

extension EventLoopTests {
    @Suite("Connecting") struct ConnectorTests {
        @Test(
            "a refused connection fails with the reason, after connect has returned",
            arguments: Place.plain)
        func refused(_ place: Place) throws {
            var failure: StreamError?
            var hasReturned = false
            var gone: SocketAddress?
            try place.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { (_: Stream) in }
                    gone = listener.address
                    listener.close()
                    Connector.connect(to: listener.address, loop: loop, timeoutMilliseconds: 5_000) {
                        result in
                        #expect(hasReturned)
                        #expect(failure == nil)
                        if case .failure(let error) = result { failure = error }
                        loop.stop()
                    }
                    hasReturned = true
                }
            }
            #expect(failure?.code == (place == .tcp ? ECONNREFUSED : ENOENT))
            #expect(failure?.context == gone.map { "cannot connect to \($0)" })
        }

        @Test("attempts that nobody answers end at the timeout, each exactly once")
        func timeout() throws {
            var failures: [Int32] = []
            var answers = 0
            let attempts = 8
            try Place.tcp.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop, backlog: 0) { (_: Stream) in }
                    listener.pause()
                    for _ in 0..<attempts {
                        Connector.connect(to: listener.address, loop: loop, timeoutMilliseconds: 50) {
                            result in
                            answers += 1
                            if case .failure(let error) = result { failures.append(error.code) }
                            if answers == attempts { loop.timer(afterMilliseconds: 100) { loop.stop() } }
                        }
                    }
                }
            }
            #expect(answers == attempts)
            #expect(failures.contains(ETIMEDOUT))
        }

        @Test("attempts under way when the loop stops fail as cancelled")
        func loopStops() throws {
            var failure: StreamError?
            try Place.tcp.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { (_: Stream) in }
                    Connector.connect(to: listener.address, loop: loop, timeoutMilliseconds: 5_000) {
                        result in
                        if case .failure(let error) = result { failure = error }
                    }
                    loop.stop()
                }
            }
            #expect(failure?.code == ECANCELED)
        }

        @Test("a Unix path that is too long is an error, not a cut path")
        func longPath() throws {
            var failure: StreamError?
            try runLoop { loop in
                let path = "/tmp/" + String(repeating: "x", count: 200)
                Connector.connect(to: .unix(path), loop: loop, timeoutMilliseconds: 5_000) { result in
                    if case .failure(let error) = result { failure = error }
                    loop.stop()
                }
                #expect(throws: StreamError.self) {
                    try Listener.listen(on: .unix(path), loop: loop) { (_: Stream) in }
                }
            }
            #expect(failure?.code == ENAMETOOLONG)
        }

        @Test("localhost resolves to a loopback address with the port")
        func localhost() throws {
            var found: [SocketAddress] = []
            var hasReturned = false
            try runLoop { loop in
                loop.resolve(host: "localhost", port: 6379) { addresses, error in
                    #expect(hasReturned)
                    #expect(error == nil)
                    found = addresses
                    loop.stop()
                }
                hasReturned = true
            }
            #expect(!found.isEmpty)
            for address in found {
                #expect(["127.0.0.1:6379", "[::1]:6379"].contains(address.description))
            }
        }

        @Test("a numeric host needs no resolver, an unknown one fails with its name")
        func numericAndUnknown() throws {
            var numeric: [SocketAddress] = []
            var reason: String?
            try runLoop { loop in
                loop.resolve(host: "::1", port: 1) { addresses, _ in
                    numeric = addresses
                    loop.resolve(host: "no such host", port: 1) { addresses, error in
                        #expect(addresses.isEmpty)
                        reason = error
                        loop.stop()
                    }
                }
            }
            #expect(numeric.map(\.description) == ["[::1]:1"])
            #expect(reason?.hasPrefix("cannot resolve 'no such host': ") == true)
        }
    }
}
