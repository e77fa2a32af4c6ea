"""What is measured: Redis itself, and each proxy before it, configured as its manual recommends for one server."""

import os
import resource
import socket

from .processes import BenchError, Child, free_port
from .wire import Client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def descriptor_limit():
    """Raises the soft limit on descriptors to the hard one; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 1_000_000 if hard == resource.RLIM_INFINITY else hard


class Endpoint:
    """Where something listens: a TCP port of the loopback interface, or the path of a Unix socket."""

    def __init__(self, port=None, path=None):
        self.port, self.path = port, path

    @classmethod
    def new(cls, transport, directory, name):
        if transport == "unix":
            return cls(path=os.path.join(directory, name.replace(" ", "-") + ".sock"))
        return cls(port=free_port())

    @property
    def load_option(self):
        return ["--unix", self.path] if self.path else ["--port", str(self.port)]

    def connect(self, timeout=20, receive_buffer=0):
        """A connected socket; with `receive_buffer`, the kernel takes only about so many bytes that nobody reads."""
        client = socket.socket(socket.AF_UNIX if self.path else socket.AF_INET)
        client.settimeout(timeout)
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.connect(self.path or ("127.0.0.1", self.port))
        return client

    def answers(self):
        try:
            with Client(self, timeout=2) as client:
                return client.call("GET", "bench:is-it-there") is None
        except (OSError, BenchError):
            return False


class Redis:
    """The redis-server behind all proxies, on both transports, without persistence."""

    def __init__(self, directory, name="redis"):
        self.tcp = Endpoint.new("tcp", directory, name)
        self.unix = Endpoint.new("unix", directory, name)
        self.child = Child(name, [
            "redis-server", "--port", str(self.tcp.port), "--bind", "127.0.0.1", "--unixsocket", self.unix.path,
            "--dir", directory, "--save", "", "--appendonly", "no", "--tcp-backlog", "4096",
            "--maxclients", str(min(30000, descriptor_limit() - 100)),
            # The client that does not read its replies is the proxy's affair, not cut off here.
            "--client-output-buffer-limit", "normal", "0", "0", "0",
        ], directory)
        self.child.wait_until(self.tcp.answers)

    def endpoint(self, transport):
        return self.unix if transport == "unix" else self.tcp


class Target:
    """One way to Redis on one transport, which it uses on both of its sides."""

    def __init__(self, name, transport, redis, directory):
        self.name, self.transport, self.redis = name, transport, redis
        label = f"{name} {transport}"
        self.upstream = redis.endpoint(transport)
        self.endpoint = self.upstream
        self.child = None
        command = self.command(label, directory)
        if command:
            self.child = Child(label, command, directory)
            self.child.wait_until(self.endpoint.answers)

    def command(self, label, directory):
        """The command that starts the proxy, after setting `endpoint`; None if there is none to start."""

    def client_capacity(self):
        """How many clients fit into the limit on descriptors, with one link for each if it needs that."""
        return descriptor_limit() - 200

    def stop(self):
        if self.child:
            self.child.stop()


class Direct(Target):
    """Redis without anything between."""


class Nutcracker(Target):
    """twemproxy: it gathers the requests of all clients on `connections` links."""

    connections = 1

    def command(self, label, directory):
        self.endpoint = Endpoint.new(self.transport, directory, label)
        listen = self.endpoint.path or f"127.0.0.1:{self.endpoint.port}"
        server = self.upstream.path or f"127.0.0.1:{self.upstream.port}"
        path = os.path.join(directory, label.replace(" ", "-") + ".yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                f"pool:\n  listen: {listen}\n  redis: true\n  hash: fnv1a_64\n  distribution: modula\n"
                f"  auto_eject_hosts: false\n  preconnect: true\n  backlog: 4096\n"
                f"  server_connections: {self.connections}\n  servers:\n   - {server}:1\n")
        return ["nutcracker", "-c", path, "-v", "0", "-a", "127.0.0.1", "-s", str(free_port())]


class NutcrackerWithFourLinks(Nutcracker):
    connections = 4


class HAProxy(Target):
    """HAProxy as a plain TCP proxy: one link for each client, no log."""

    def command(self, label, directory):
        self.endpoint = Endpoint.new(self.transport, directory, label)
        bind = f"unix@{self.endpoint.path}" if self.endpoint.path else f"127.0.0.1:{self.endpoint.port}"
        server = f"unix@{self.upstream.path}" if self.upstream.path else f"127.0.0.1:{self.upstream.port}"
        path = os.path.join(directory, label.replace(" ", "-") + ".cfg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                f"global\n  nbthread 1\n  maxconn {self.client_capacity()}\n"
                "defaults\n  mode tcp\n  timeout connect 10s\n  timeout client 1h\n  timeout server 1h\n"
                f"listen redis\n  bind {bind} backlog 4096\n  server redis {server}\n")
        return ["haproxy", "-db", "-f", path]

    def client_capacity(self):
        return (descriptor_limit() - 200) // 2


class Freshet(Target):
    """Freshet with the conventions of the repository's proxy.conf, one worker."""

    connections = "shared"
    binary = os.environ.get("FRESHET_BINARY", os.path.join(ROOT, ".build/release/freshet"))

    def command(self, label, directory):
        self.endpoint = Endpoint.new(self.transport, directory, label)
        if not os.access(self.binary, os.X_OK):
            raise BenchError(f"there is no {self.binary}: run 'make build', or set FRESHET_BINARY")
        upstream = f"unix://{self.upstream.path}" if self.upstream.path else f"redis://127.0.0.1:{self.upstream.port}"
        listen = f"unix:{self.endpoint.path}" if self.endpoint.path else f"127.0.0.1:{self.endpoint.port}"
        return [
            self.binary, "serve", os.path.join(ROOT, "proxy.conf"), "--listen", listen, "--upstream", upstream,
            "--admin", f"unix:{directory}/{label.replace(' ', '-')}-admin.sock", "--workers", "1",
            "--connections", self.connections, "--max-clients", "30000",
            "--state-dir", f"{directory}/{label.replace(' ', '-')}-state",
        ]


class FreshetDedicated(Freshet):
    connections = "dedicated"

    def client_capacity(self):
        return (descriptor_limit() - 200) // 2


DIRECT, NUTCRACKER, NUTCRACKER4, HAPROXY = "redis direct", "nutcracker", "nutcracker, 4 links", "haproxy"
SHARED, DEDICATED = "freshet shared", "freshet dedicated"

KINDS = {
    DIRECT: Direct, NUTCRACKER: Nutcracker, NUTCRACKER4: NutcrackerWithFourLinks, HAPROXY: HAProxy,
    SHARED: Freshet, DEDICATED: FreshetDedicated,
}


def start(name, transport, redis, directory):
    return KINDS[name](name, transport, redis, directory)
