"""What an application notices of a drain: the p99 of its GETs while a million keys are drained, and without."""

import time

from ..bars import Bar, Spread
from ..load import Load
from .drain import KEYS, drain
from .keys import CONVENTION, TaggedKeys, require_index, shuffled, size
from .proxy import EngineFreshet

# 20 clients that ask every 5 ms: 4,000 GETs a second, far from what the machine can do.
LOAD = Load(clients=20, operation="GET", prefix="page:", keys=10000, interval=5000, seconds=120)


class Beside:
    """The row: the same load without a drain, and then through the same Freshet while it drains, all by default."""

    name = "engine, GET beside a drain of 1,000,000 keys"

    def __init__(self, bench):
        self.bench = bench
        self.rounds = []
        self.keys = TaggedKeys(bench.redis, shuffled(KEYS))
        self.freshet = EngineFreshet("freshet beside", bench.redis, bench.directory, [CONVENTION])
        require_index(self.freshet, bench.redis)

    def run(self, number):
        generator, endpoint = self.bench.generator, self.freshet.endpoint
        generator.fill(self.bench.redis.unix, LOAD)
        base = size(self.bench.redis)
        # The keys are there in both cases.
        self.keys.create()
        quiet = generator.run(endpoint, LOAD, meanwhile=lambda: time.sleep(self.bench.seconds))
        took = []
        busy = generator.run(endpoint, LOAD, self.freshet.child, self.bench.redis.child,
                             meanwhile=lambda: took.append(drain(self.freshet, self.keys, base)))
        self.keys.require_gone("Freshet")
        self.rounds.append({"quiet": quiet, "busy": busy, "keys/s": KEYS / took[0]})

    def stop(self):
        self.freshet.stop()

    def bars(self):
        return [
            Bar(f"{self.name}: p99 of without", 2.0, True,
                Spread.of([round["busy"].p99 / round["quiet"].p99 for round in self.rounds])),
            Bar(f"{self.name}: keys drained meanwhile", 100.0, False,
                Spread.of([round["keys/s"] / 1000 for round in self.rounds]), " thousand/s"),
        ]

    @classmethod
    def missing_bars(cls, why):
        return [Bar(f"{cls.name}: p99 of without", 2.0, True, None, missing=why)]

    def lines(self):
        lines = []
        for way, label in (("quiet", "no drain"), ("busy", "drain with default feedback")):
            p50, p99, rate = (Spread.of([getattr(round[way], figure) for round in self.rounds]).middle
                              for figure in ("p50", "p99", "throughput"))
            drained = Spread.of([round["keys/s"] for round in self.rounds]).middle
            lines.append((f"{rate:.0f} GETs a second of 20 clients", label, f"p50 {p50:.0f} µs, p99 {p99:.0f} µs",
                          f"{drained / 1000:.0f} thousand keys/s" if way == "busy" else ""))
        return lines
