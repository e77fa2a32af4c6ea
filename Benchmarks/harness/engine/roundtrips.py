"""How many round trips an invalidation of one tag of fifteen keys takes, counted by relays on both sides of Freshet."""

import os
import select
import socket
import threading
import time
from statistics import median

from ..bars import Bar, Spread
from ..processes import BenchError
from ..targets import Endpoint
from ..wire import Client
from .keys import CONVENTION, TAG, TaggedKeys, require_index
from .proxy import EngineFreshet, directives

KEYS = 15


class Relay:
    """Passes bytes between a Unix socket of its own and another, and notes which way they went, and when."""

    def __init__(self, path, target):
        self.path, self.target = path, target
        self.events = []  # (time, whether it was a request, bytes)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client, server):
        with client, server:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    try:
                        data = ready.recv(1 << 16)
                    except OSError:
                        return
                    if not data:
                        return
                    # Noted before it is passed on, so that what follows from it comes later.
                    self.events.append((time.monotonic(), ready is client, data))
                    (server if ready is client else client).sendall(data)

    def stop(self):
        self.listener.close()
        os.unlink(self.path)


def trips(events):
    """How often a reply followed a request: requests that leave together, or with their replies awaited together, are
    one round trip."""
    directions = [is_request for _, is_request, _ in sorted(events, key=lambda event: event[0])]
    return sum(1 for before, after in zip(directions, directions[1:]) if before and not after)


class RoundTrips:
    """The row. What is counted: those of the client to Freshet, and those of Freshet to Redis, added up."""

    name = "engine, invalidate(tag:) of 15 keys"

    def __init__(self, bench):
        self.bench = bench
        self.rounds = []
        self.keys = TaggedKeys(bench.redis, range(KEYS))
        self.upstream = Relay(os.path.join(bench.directory, "relay-redis.sock"), bench.redis.unix.path)
        # Nothing else may be on its way to Redis while an invalidation is.
        quiet = [f"{name} 1h" for name in ("probe-interval",) if name in directives()]
        self.freshet = EngineFreshet("freshet trips", _Relayed(self.upstream.path), bench.directory,
                                     [CONVENTION, *quiet])
        self.admin = Relay(os.path.join(bench.directory, "relay-admin.sock"), self.freshet.admin.path)
        require_index(self.freshet, bench.redis)
        # The first one opens a link and hands Redis the script.
        self._invalidate()

    def run(self, number):
        self.rounds.append(self._invalidate())

    def _invalidate(self):
        self.keys.create()
        with Client(Endpoint(path=self.admin.path)) as client:
            client.call("FRESHET", "TAG", "OF", "none")
            self.admin.events, self.upstream.events = [], []
            start = time.monotonic()
            client.call("FRESHET", "INVALIDATE", "TAG", TAG)
            end = time.monotonic()
        upstream = [event for event in self.upstream.events if start <= event[0] <= end]
        counts = {"client": trips(self.admin.events), "redis": trips(upstream), "microseconds": (end - start) * 1e6}
        if not counts["client"] or not counts["redis"]:
            raise BenchError("the relays have not seen the invalidation: is it done before it is asked for?")
        self.keys.require_gone("Freshet")
        return counts

    def stop(self):
        self.freshet.stop()
        for relay in (self.admin, self.upstream):
            relay.stop()

    def bars(self):
        return [Bar(f"{self.name}, end to end: round trips", 2, True,
                    Spread.of([round["client"] + round["redis"] for round in self.rounds]))]

    @classmethod
    def missing_bars(cls, why):
        return [Bar(f"{cls.name}, end to end: round trips", 2, True, None, missing=why)]

    def lines(self):
        return [("a tag of 15 keys", label, f"round trips: {median(round[side] for round in self.rounds):.0f}", "")
                for side, label in (("client", "client to Freshet"), ("redis", "Freshet to Redis"))]


class _Relayed:
    """Redis, as the relay before it offers it."""

    def __init__(self, path):
        self.unix = Endpoint(path=path)

    def endpoint(self, _):
        return self.unix
