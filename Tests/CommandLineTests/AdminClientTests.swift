import TestSupport
import Testing

/// The admin port is asked by the clients that people have, with what these send by themselves.
@Suite("Clients of the admin port")
struct AdminClientTests {
    private func start() throws -> (redis: RedisServer, proxy: FreshetProcess) {
        let redis = try RedisServer()
        return (redis, try FreshetProcess(upstream: redis.unix, configuration: "tag item:{x} items\n"))
    }

    @Test(
        "fault 224: redis-py with nothing but host and port asks every kind of verb",
        arguments: ["2", "3", ""])
    func python(_ version: String) throws {
        let (redis, proxy) = try start()
        _ = try redis.command("SET", "item:1", "x")
        let program = """
            import sys, asyncio, redis, redis.asyncio
            port, version = int(sys.argv[1]), sys.argv[2]
            options = {"protocol": int(version)} if version else {}
            client = redis.Redis(port=port, **options)
            assert client.ping()
            assert b"items" in b"\\n".join(client.execute_command("FRESHET", "EXPLAIN", "item:1"))
            answer = client.execute_command("FRESHET", "INVALIDATE", "KEY", "item:1")
            print(type(answer).__name__)
            assert client.execute_command("FRESHET", "INFO").startswith(b"# Server")
            assert client.info("server")["version"]
            assert client.client_setname("me") and client.client_getname() in ("me", b"me")
            assert client.client_id() == client.client_id()
            try:
                client.execute_command("GET", "x")
                raise SystemExit("GET was answered")
            except redis.ResponseError as error:
                assert "FRESHET HELP" in str(error)
            redis.Redis(port=port, username="default", password="x", **options).ping()
            async def ask():
                other = redis.asyncio.Redis(port=port, **options)
                await other.execute_command("FRESHET", "HELP")
                await other.aclose()
            asyncio.run(ask())
            """
        let run = try ChildProcess.run(
            [RepositoryRoot.file(".build/venv/bin/python"), "-c", program, "\(proxy.adminPort)", version],
            withinMilliseconds: 60_000)
        #expect(run.exit == .code(0), "\(run.output)")
        #expect(run.output == (version == "2" ? "list\n" : "dict\n"), "\(run.output)")
    }

    @Test("fault 224: redis-cli asks in both versions of the protocol", arguments: ["-2", "-3"])
    func commandLine(_ version: String) throws {
        let (redis, proxy) = try start()
        defer { withExtendedLifetime(redis) {} }
        let run = try ChildProcess.run(
            ["redis-cli", "-p", "\(proxy.adminPort)", version, "FRESHET", "EXPLAIN", "item:1"],
            withinMilliseconds: 60_000)
        #expect(run.exit == .code(0) && run.output.contains("items"), "\(run.output)")
    }

    @Test("HELLO, AUTH, CLIENT and RESET answer as a Redis without a password does")
    func conversation() throws {
        let (redis, proxy) = try start()
        let (there, here) = (try RawClient(redis.unix), try RawClient(proxy.admin))
        for line in [
            ["PING"], ["PING", "a"], ["ECHO", "a"], ["HELLO", "4"], ["HELLO", "x"], ["AUTH", "x"],
            ["AUTH", "default", "x"], ["AUTH", "nobody", "x"], ["HELLO", "3", "AUTH", "nobody", "x"],
            ["HELLO", "3", "AUTH", "default"], ["HELLO", "3", "NAME"], ["CLIENT", "GETNAME"],
            ["CLIENT", "SETNAME", "a b"], ["CLIENT", "SETNAME", "me"], ["CLIENT", "GETNAME"],
            ["SELECT", "1"], ["RESET"], ["CLIENT", "GETNAME"], ["SELECT", "x"], ["AUTH"], ["QUIT"],
        ] {
            for client in [there, here] { try client.send(RequestEncoding.command(line)) }
            let (expected, found) = (try there.readFrame(), try here.readFrame())
            if line == ["SELECT", "x"] {
                #expect(expected.reply.isError && found.reply.isError)
            } else {
                #expect(describe(found.bytes) == describe(expected.bytes), "\(line)")
            }
        }
        #expect(try here.readToEnd().isEmpty)
    }
}
