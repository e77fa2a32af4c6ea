"""What a proxy holds: idle, for idle clients, for replies that nobody reads, for a huge value."""

import time

from .processes import BenchError
from .wire import Client, request

MIB = 1 << 20
IDLE_CLIENTS = 10000
IDLE_SECONDS = 3
UNREAD = 300
HUGE = 512 * MIB
# What a client that does not read leaves to its kernel.
SMALL_BUFFER = 16384
LARGE_KEY = "bench:large"
HUGE_KEY = "bench:huge"


def settled(child, field="VmRSS", least=0.5):
    """The memory once it has not changed by more than 64 KiB for `least` seconds; at most 10 seconds later."""
    deadline = time.monotonic() + 10
    last, since = child.memory(field), time.monotonic()
    while time.monotonic() - since < least and time.monotonic() < deadline:
        time.sleep(0.05)
        value = child.memory(field)
        if abs(value - last) > 65536:
            last, since = value, time.monotonic()
    return child.memory(field)


def idle(target):
    """RSS of a proxy that has served one request and then nothing for some seconds."""
    time.sleep(IDLE_SECONDS)
    return settled(target.child)


def idle_clients(target, count=IDLE_CLIENTS):
    """RSS for each of `count` clients that have had one reply and say nothing more."""
    count = min(count, target.client_capacity())
    before = settled(target.child)
    clients = []
    try:
        for _ in range(count):
            clients.append(target.endpoint.connect())
            _ask(clients[-1], target)
        growth = settled(target.child, least=1) - before
    finally:
        for client in clients:
            client.close()
    return {"clients": count, "per client": growth / count}


def _ask(client, target):
    client.sendall(request("GET", "bench:nothing"))
    reply = client.recv(64)
    if reply != b"$-1\r\n":
        raise BenchError(f"{target.name}: expected a nil for an idle client, found {reply!r}")


def _peak_during(child, action):
    """How far RSS rose above where it was, at its highest, while `action` ran."""
    before = settled(child)
    child.forget_peak()
    action()
    return max(0, child.memory("VmHWM") - before)


def unread_by_one(target):
    """One client asks 300 times for 1 MiB and reads nothing until memory has settled; then it reads all."""
    def action():
        with Client(target.endpoint, receive_buffer=SMALL_BUFFER) as client:
            client.socket.sendall(request("GET", LARGE_KEY) * UNREAD)
            settled(target.child, least=1)
            client.skip(UNREAD * _reply_size(MIB))

    return _peak_during(target.child, action)


def unread_by_many(target):
    """300 clients ask once each for 1 MiB and read nothing until memory has settled; then they read."""
    def action():
        clients = [Client(target.endpoint, receive_buffer=SMALL_BUFFER) for _ in range(UNREAD)]
        for client in clients:
            client.socket.sendall(request("GET", LARGE_KEY))
        settled(target.child, least=1)
        for client in clients:
            client.skip(_reply_size(MIB))
            client.close()

    return _peak_during(target.child, action)


def _reply_size(length):
    return len(b"$%d\r\n" % length) + length + 2


def _write_huge(endpoint):
    with Client(endpoint, timeout=60) as client:
        key, part = HUGE_KEY.encode(), bytes(MIB)
        client.socket.sendall(b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n" % (len(key), key, HUGE))
        for _ in range(HUGE // MIB):
            client.socket.sendall(part)
        client.socket.sendall(b"\r\n")
        if client.reply() != b"OK":
            raise BenchError("a SET of 512 MiB was not answered with OK")


def huge_set(target):
    """A value of 512 MiB on its way in."""
    return _peak_during(target.child, lambda: _write_huge(target.endpoint))


def huge_get(target):
    """A value of 512 MiB on its way out."""
    def action():
        with Client(target.endpoint, timeout=60) as client:
            client.socket.sendall(request("GET", HUGE_KEY))
            client.skip(_reply_size(HUGE))

    return _peak_during(target.child, action)


# What is measured on a target of its own each, so that no case finds memory that another left.
CASES = {
    "idle clients": lambda target: {"idle": idle(target), **idle_clients(target)},
    "unread by one": lambda target: {"unread by one": unread_by_one(target)},
    "unread by many": lambda target: {"unread by many": unread_by_many(target)},
    "huge SET": lambda target: {"huge SET": huge_set(target)},
    "huge GET": lambda target: {"huge GET": huge_get(target)},
}
# On loopback TCP the kernel takes more than 1 MiB for a client that does not read, and nothing is left to the proxy.
TRANSPORTS = {"unread by many": "unix"}


def prepare(redis):
    with Client(redis.tcp) as client:
        client.call("SET", LARGE_KEY, bytes(MIB))
    _write_huge(redis.tcp)


def clean_up(redis):
    with Client(redis.tcp) as client:
        client.call("DEL", LARGE_KEY, HUGE_KEY)
