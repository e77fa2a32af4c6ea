"""One tag of a million keys: drained as fast as it goes, against a bare client's pipelined UNLINK of the same keys."""

import time

from ..bars import Bar, Spread
from .keys import CONVENTION, TAG, TaggedKeys, require_index, shuffled, size
from .proxy import EngineFreshet, directives

KEYS = 1_000_000
# Directives that would slow a drain down, and what turns each off; those that the executable has are given.
UNBOUNDED = {"drain-rate": "0", "drain-latency": "0"}
ORDERS = {
    "as caches fill": "created in random order",
    "as they are unlinked": "created in the order of the floor",
}


def unbounded_lines():
    return [f"{name} {value}" for name, value in UNBOUNDED.items() if name in directives()]


def drain(freshet, keys, base):
    """Seconds from asking for the invalidation until it is answered and Redis holds none of the keys."""
    start = time.perf_counter()
    freshet.ask("INVALIDATE", "TAG", TAG)
    answered = time.perf_counter() - start
    if size(keys.redis) <= base + 8:
        return answered
    keys.wait_until_gone(base)
    return time.perf_counter() - start


class Drain:
    """The row. A round has, for each order in memory, the floor and Freshet, in turns who is first."""

    name = "engine, drain of 1,000,000 keys of one tag"

    def __init__(self, bench):
        self.bench = bench
        self.rounds = []
        self.keys = {"as caches fill": TaggedKeys(bench.redis, shuffled(KEYS)),
                     "as they are unlinked": TaggedKeys(bench.redis, range(KEYS))}
        self.freshet = EngineFreshet("freshet drain", bench.redis, bench.directory, [CONVENTION, *unbounded_lines()])
        require_index(self.freshet, bench.redis)

    def run(self, number):
        seconds = {}
        for order, keys in self.keys.items():
            ways = {"floor": self._floor, "freshet": self._freshet}
            for way in sorted(ways, reverse=number % 2 == 1):
                seconds[order, way] = ways[way](keys)
        self.rounds.append(seconds)

    def _floor(self, keys):
        keys.create()
        seconds = self.bench.bare.seconds(keys.redis, keys)
        keys.require_gone("the bare client")
        return seconds

    def _freshet(self, keys):
        base = size(keys.redis)
        keys.create()
        redis, own = keys.redis.child, self.freshet.child
        before = redis.cpu_time()[2], own.cpu_time()[2]
        seconds = drain(self.freshet, keys, base)
        self.cpu = redis.cpu_time()[2] - before[0], own.cpu_time()[2] - before[1]
        keys.require_gone("Freshet")
        return seconds

    def stop(self):
        self.freshet.stop()

    def bars(self):
        return [Bar(f"{self.name}, {text}: time of UNLINK by a bare client", 1.5, True,
                    Spread.of([seconds[order, "freshet"] / seconds[order, "floor"] for seconds in self.rounds]))
                for order, text in ORDERS.items()]

    @classmethod
    def missing_bars(cls, why):
        return [Bar(f"{cls.name}: time of UNLINK by a bare client", 1.5, True, None, missing=why)]

    def lines(self):
        lines = []
        for order, text in ORDERS.items():
            for way, label in (("floor", "UNLINK, 500 at a time, bare client"), ("freshet", "Freshet, no limits")):
                times = Spread.of([seconds[order, way] for seconds in self.rounds])
                lines.append((f"{KEYS:,} keys of one tag, {text}", label, f"{times.middle:.2f} s",
                              f"{KEYS / times.middle / 1000:.0f} thousand keys/s"))
        return lines
