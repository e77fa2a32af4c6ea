"""One tag of a million keys: drained as fast as it goes, against a bare client's pipelined UNLINK of the same keys."""

import time
from dataclasses import dataclass

from ..bars import Bar, Spread
from ..processes import cpu_between
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


@dataclass(frozen=True)
class Drained:
    """One drain of `KEYS` keys, or the floor of it: the time, and what it has cost Redis and who asked, in seconds."""

    seconds: float
    redis: float
    own: float

    @classmethod
    def measure(cls, redis, own, action):
        """`action` returns the seconds; `own` is Freshet's process, if it is Freshet that drains."""
        before = [child.cpu_time() if child else None for child in (redis, own)]
        seconds = action()
        used = [cpu_between(then, child.cpu_time()).total if child else 0
                for then, child in zip(before, (redis, own))]
        return cls(seconds, *used)


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
        drained = {}
        for order, keys in self.keys.items():
            ways = {"floor": self._floor, "freshet": self._freshet}
            for way in sorted(ways, reverse=number % 2 == 1):
                drained[order, way] = ways[way](keys)
        self.rounds.append(drained)

    def _floor(self, keys):
        keys.create()
        drained = Drained.measure(keys.redis.child, None, lambda: self.bench.bare.seconds(keys.redis, keys))
        keys.require_gone("the bare client")
        return drained

    def _freshet(self, keys):
        base = size(keys.redis)
        keys.create()
        drained = Drained.measure(keys.redis.child, self.freshet.child, lambda: drain(self.freshet, keys, base))
        keys.require_gone("Freshet")
        return drained

    def stop(self):
        self.freshet.stop()

    def bars(self):
        return [Bar(f"{self.name}, {text}: time of UNLINK by a bare client", 1.5, True,
                    Spread.of([drained[order, "freshet"].seconds / drained[order, "floor"].seconds
                               for drained in self.rounds]))
                for order, text in ORDERS.items()]

    @classmethod
    def missing_bars(cls, why):
        return [Bar(f"{cls.name}, {text}: time of UNLINK by a bare client", 1.5, True, None, missing=why)
                for text in ORDERS.values()]

    def lines(self):
        lines = []
        for order, text in ORDERS.items():
            for way, label in (("floor", "UNLINK, 500 at a time, bare client"), ("freshet", "Freshet, no limits")):
                seconds, redis, own = (
                    Spread.of([getattr(drained[order, way], figure) for drained in self.rounds]).middle
                    for figure in ("seconds", "redis", "own"))
                lines.append((f"{KEYS:,} keys of one tag, {text}", label,
                              f"{seconds:.2f} s, {KEYS / seconds / 1000:.0f} thousand keys/s",
                              f"CPU for each key: Redis {redis / KEYS * 1e6:.2f} µs"
                              + (f", Freshet {own / KEYS * 1e6:.2f} µs" if own else "")))
        return lines
