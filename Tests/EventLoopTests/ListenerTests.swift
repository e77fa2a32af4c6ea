import EventLoop
import Glibc
import Testing

extension EventLoopTests {
    @Suite("Listening") struct ListenerTests {
        @Test("a paused listener accepts only after it resumes", arguments: Place.plain)
        func pause(_ place: Place) throws {
            var isPaused = true
            var accepted = 0
            try place.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { (_: Stream) in
                        #expect(!isPaused)
                        accepted += 1
                        if accepted == 3 { loop.stop() }
                    }
                    listener.pause()
                    var connected = 0
                    for _ in 0..<3 {
                        Connector.connect(to: listener.address, loop: loop, timeoutMilliseconds: 5_000) {
                            result in
                            #expect((try? result.get()) != nil)
                            connected += 1
                            guard connected == 3 else { return }
                            loop.timer(afterMilliseconds: 1) {
                                isPaused = false
                                listener.resume()
                            }
                        }
                    }
                }
            }
            #expect(accepted == 3)
        }

        @Test("the socket of a process that is gone is replaced, and removed at the end")
        func staleSocket() throws {
            try withTemporaryDirectory { directory in
                let path = "\(directory)/socket"
                leaveStaleSocket(path)
                #expect(unsafe access(path, F_OK) == 0)
                try runLoop { loop in
                    try Listener.listen(on: .unix(path), loop: loop) { (_: Stream) in loop.stop() }
                    Connector.connect(to: .unix(path), loop: loop, timeoutMilliseconds: 5_000) { _ in }
                }
                #expect(unsafe access(path, F_OK) != 0)
            }
        }

        private func leaveStaleSocket(_ path: String) {
            let descriptor = socket(AF_UNIX, 1, 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
            unsafe withUnsafePointer(to: &address) { pointer in
                let general = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
                unsafe _ = bind(descriptor, general, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
            close(descriptor)
        }

        @Test("the socket of a live listener is left alone and named in the error")
        func liveSocket() throws {
            try withTemporaryDirectory { directory in
                let address = SocketAddress.unix("\(directory)/socket")
                try runLoop { loop in
                    try Listener.listen(on: address, loop: loop) { (_: Stream) in loop.stop() }
                    let error = #expect(throws: StreamError.self) {
                        try Listener.listen(on: address, loop: loop) { (_: Stream) in }
                    }
                    #expect(error?.code == EADDRINUSE)
                    #expect(error?.context.contains(address.description) == true)
                    Connector.connect(to: address, loop: loop, timeoutMilliseconds: 5_000) { result in
                        #expect((try? result.get()) != nil)
                    }
                }
            }
        }

        @Test("a file that is no socket is never removed")
        func regularFile() throws {
            try withTemporaryDirectory { directory in
                let path = "\(directory)/file"
                unsafe _ = close(open(path, O_CREAT | O_WRONLY, 0o600))
                let loop = try EventLoop()
                let error = #expect(throws: StreamError.self) {
                    try Listener.listen(on: .unix(path), loop: loop) { (_: Stream) in }
                }
                #expect(error?.code == EEXIST)
                #expect(unsafe access(path, F_OK) == 0)
            }
        }

        @Test("the file of a socket has the permissions asked for", arguments: [0o700, 0o770, 0o777])
        func permissions(_ wanted: Int) throws {
            try withTemporaryDirectory { directory in
                let path = "\(directory)/socket"
                let loop = try EventLoop()
                let listener = try Listener.listen(
                    on: .unix(path), loop: loop, unixPermissions: UInt32(wanted)
                ) { (_: Stream) in }
                var status = stat()
                #expect(unsafe lstat(path, &status) == 0)
                #expect(Int(status.st_mode & 0o777) == wanted)
                listener.close()
            }
        }

        @Test("a taken TCP port is an error that names it, unless both ask to share it")
        func takenPort() throws {
            let loop = try EventLoop()
            let any = try #require(SocketAddress.tcp("127.0.0.1", port: 0))
            let first = try Listener.listen(on: any, loop: loop, reusePort: true) { (_: Stream) in }
            let error = #expect(throws: StreamError.self) {
                try Listener.listen(on: first.address, loop: loop) { (_: Stream) in }
            }
            #expect(error?.code == EADDRINUSE)
            #expect(error?.context == "cannot listen on \(first.address)")
            let second = try Listener.listen(on: first.address, loop: loop, reusePort: true) { (_: Stream) in
            }
            #expect(second.address == first.address)
        }

        @Test("when descriptors run out it says so once, and accepts again when they are back")
        func exhaustion() async {
            // In a process of its own: the limit is the whole process's.
            await #expect(processExitsWith: .success) { try ListenerTests.exhaust() }
        }

        private static func exhaust() throws {
            var reports: [Int32] = []
            var accepted = 0
            try Place.tcp.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) { (stream: Stream) in
                        accepted += 1
                        if accepted == 2 { loop.stop() }
                    }
                    listener.pause()
                    var saved = rlimit()
                    unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &saved)
                    listener.onExhausted = { error in
                        reports.append(error.code)
                        loop.timer(afterMilliseconds: 150) {
                            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &saved)
                        }
                    }
                    var connected = 0
                    for _ in 0..<2 {
                        Connector.connect(to: listener.address, loop: loop, timeoutMilliseconds: 5_000) { _ in
                            connected += 1
                            guard connected == 2 else { return }
                            var none = rlimit(rlim_cur: 3, rlim_max: saved.rlim_max)
                            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
                            listener.resume()
                        }
                    }
                }
            }
            #expect(reports == [EMFILE])
            #expect(accepted == 2)
        }

        @Test("a connection can be looked at without reading it, then become a stream")
        func peek() throws {
            var peeked: UInt8 = 0
            var server: Recorder?
            try Place.tcp.withAddress { address in
                try runLoop { loop in
                    let listener = try Listener.listen(on: address, loop: loop) {
                        (descriptor: Int32, peer: String) in
                        var watch: DescriptorWatch?
                        watch = try? DescriptorWatch(descriptor: descriptor, loop: loop) {
                            watch?.cancel()
                            unsafe _ = recv(descriptor, &peeked, 1, Int32(MSG_PEEK))
                            guard let peer = SocketAddress(peer),
                                let stream = try? Stream(adopting: descriptor, peer: peer, loop: loop)
                            else { return loop.stop() }
                            server = Recorder(stream) { $0.onReceived = { _ in loop.stop() } }
                        }
                    }
                    Connector.connect(to: listener.address, loop: loop, timeoutMilliseconds: 5_000) {
                        result in
                        guard let stream = try? result.get() else { return loop.stop() }
                        Recorder(stream).send("GET / HTTP/1.1")
                    }
                }
            }
            #expect(peeked == UInt8(ascii: "G"))
            #expect(server?.text == "GET / HTTP/1.1")
        }
    }
}
