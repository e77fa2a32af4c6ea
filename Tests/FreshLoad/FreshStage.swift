import Synchronization
import TestSupport

/// The servers of one episode, and what its clients share.
final class FreshStage: Sendable {
    let setup: FreshSetup
    let redis: RedisServer
    let fallback: RedisServer?
    let proxy: FreshetProcess
    let locks = GroupLocks()
    private let phaseNumber = Atomic(Phase.paused.rawValue)
    /// Clients in the middle of something.
    private let busy = Atomic(0)
    /// The first of the groups that the clients fall upon in this round.
    let firstHot = Atomic(0)
    /// The next stamp; no two values have the same.
    private let stamp = Atomic(1)
    let writes = Atomic(0)
    let builds = Atomic(0)
    let works = Atomic(0)
    private let tunnel: TLSTunnel?
    private let certificates: TestCertificates?

    static let library = """
        #!lua name=fresh
        \(StoreScript.functions)
        redis.register_function('fresh_store', function(keys, args) return store(args) end)
        """

    init(_ setup: FreshSetup) throws {
        self.setup = setup
        redis = try RedisServer(
            options: ["--user", FreshSetup.user, "on", ">" + FreshSetup.password, "~*", "&*", "+@all"])
        try redis.command("FUNCTION", "LOAD", Self.library)
        fallback = setup.hasFallback ? try RedisServer() : nil
        var configuration = setup.configuration
        if let fallback { configuration += "fallback \(fallback.unix.upstream)\n" }
        guard setup.usesTLS else {
            (tunnel, certificates) = (nil, nil)
            proxy = try FreshetProcess(upstream: redis.unix, configuration: configuration)
            return
        }
        let files = try TestCertificates()
        let authority = try files.authority("authority")
        let server = try files.certificate("server", by: authority)
        let port = try Endpoint.freePort()
        configuration += """
            listen tls://127.0.0.1:\(port)
            tls-cert-file \(server.certificate)
            tls-key-file \(server.key)
            tls-auth-clients no

            """
        proxy = try FreshetProcess(upstream: redis.unix, configuration: configuration)
        certificates = files
        tunnel = try TLSTunnel(to: port, authority: authority.certificate)
    }

    /// Where client `number` connects.
    func endpoint(of number: Int) -> Endpoint {
        if let tunnel, number % 3 == 0 { return tunnel.endpoint }
        return number % 2 == 0 ? proxy.unix : proxy.tcp
    }

    func nextStamp() -> Int { stamp.wrappingAdd(1, ordering: .relaxed).newValue }

    /// What the clients of the storm do.
    enum Phase: Int {
        /// Everything.
        case storm
        /// Nothing is invalidated by hand, and no root changes that is there.
        case building
        case paused
        case over
    }

    var phase: Phase { Phase(rawValue: phaseNumber.load(ordering: .sequentiallyConsistent)) ?? .over }

    func enter(_ next: Phase) { phaseNumber.store(next.rawValue, ordering: .sequentiallyConsistent) }

    /// Calls `act` again and again while a phase allows, and counts who is in the middle of something.
    func work(until end: Phase, _ act: () -> Void) {
        while phase != .over {
            busy.add(1, ordering: .sequentiallyConsistent)
            let acts = phase.rawValue < end.rawValue
            if acts { act() }
            busy.subtract(1, ordering: .sequentiallyConsistent)
            if !acts { pause(milliseconds: 1) }
        }
    }

    /// Lets nobody do anything any more, and waits until nobody does.
    func rest() throws {
        enter(.paused)
        try waitUntil("every client to have its replies", withinMilliseconds: 90_000) {
            busy.load(ordering: .sequentiallyConsistent) == 0
        }
    }
}

/// Who works on which groups, one at a time.
///
/// A client that reads a source, computes and then stores without WATCH can be overtaken by a writer, with or
/// without a proxy. Where a path has no WATCH, whoever reads or writes a group has it for itself.
final class GroupLocks: Sendable {
    private let taken = Mutex(Set<Int>())

    func take(_ group: Int) -> Bool { taken.withLock { $0.insert(group).inserted } }

    func release(_ group: Int) { taken.withLock { _ = $0.remove(group) } }
}
