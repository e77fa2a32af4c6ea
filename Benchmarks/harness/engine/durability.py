"""What it costs to note before the reply what a write owes: each level of cascade-durability beside `no`."""

from statistics import median

from ..bars import Bar, Spread
from ..conventions import CHAIN
from ..load import Load
from ..processes import BenchError
from ..wire import Client
from .proxy import EngineFreshet, convention_lines, require_directives

LEVELS = ("no", "everysec", "always")
CLIENTS = (1, 50)


class Durability:
    """The row: the same writes, each owing a cascade of eight keys, through one Freshet for each level, in turns."""

    name = "engine, a write that owes a cascade"

    def __init__(self, bench):
        require_directives("cascade-durability", "state-dir")
        self.bench = bench
        self.rounds = []
        self.proxies = {
            level: EngineFreshet(f"freshet durability {level}", bench.redis, bench.directory,
                                 [*convention_lines(), f"cascade-durability {level}"], transport="tcp")
            for level in LEVELS}
        self._require_cascade()

    def _require_cascade(self):
        """The writes must owe what they are meant to owe."""
        dependents = [name.format("99999999") for name in CHAIN]
        for level, proxy in self.proxies.items():
            with Client(self.bench.redis.unix) as redis, Client(proxy.endpoint) as client:
                for name in dependents:
                    redis.call("SET", name, "stale")
                client.call("SET", "order:99999999:lines", "x")
                if redis.call("EXISTS", *dependents):
                    raise BenchError(f"with cascade-durability {level}, a write of order:N:lines leaves dependents: "
                                     "have the conventions in proxy.conf changed?")

    def run(self, number):
        samples = {}
        first = number % len(LEVELS)
        for clients in CLIENTS:
            load = Load(clients=clients, operation="SET", prefix="order:", suffix=":lines", keys=10000,
                        seconds=self.bench.seconds)
            for level in LEVELS[first:] + LEVELS[:first]:
                proxy = self.proxies[level]
                samples[level, clients] = self.bench.generator.run(
                    proxy.endpoint, load, proxy.child, self.bench.redis.child)
        self.rounds.append(samples)

    def stop(self):
        for proxy in self.proxies.values():
            proxy.stop()
        with Client(self.bench.redis.unix) as redis:
            for start in range(0, 10000, 1000):
                redis.call("UNLINK", *(f"order:{number:08d}:lines" for number in range(start, start + 1000)))

    @classmethod
    def _bar(cls, clients, value, missing=""):
        label = "one client" if clients == 1 else f"{clients} clients"
        return Bar(f"{cls.name}, {label}, everysec: p50 of no", 1.15, True, value, missing=missing)

    def bars(self):
        return [self._bar(clients, Spread.of([samples["everysec", clients].p50 / samples["no", clients].p50
                                              for samples in self.rounds])) for clients in CLIENTS]

    @classmethod
    def missing_bars(cls, why):
        return [cls._bar(clients, None, why) for clients in CLIENTS]

    def lines(self):
        lines = []
        for clients in CLIENTS:
            for level in LEVELS:
                samples = [samples[level, clients] for samples in self.rounds]
                p50, p99, rate = (median(getattr(sample, figure) for sample in samples)
                                  for figure in ("p50", "p99", "throughput"))
                lines.append((f"SET that owes 8 keys, {clients} client{'s' if clients > 1 else ''}",
                              f"cascade-durability {level}", f"p50 {p50:.0f} µs, p99 {p99:.0f} µs",
                              f"{rate / 1000:.1f} thousand/s"))
        return lines
