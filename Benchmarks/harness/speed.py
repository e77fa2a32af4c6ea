"""Throughput, latency and CPU time, row by row, with all targets interleaved in rounds."""

from dataclasses import dataclass, replace

from .load import Load
from .processes import BenchError
from .targets import DEDICATED, DIRECT, HAPROXY, NUTCRACKER, NUTCRACKER4, SHARED

TARGETS = (DIRECT, NUTCRACKER, HAPROXY, SHARED, DEDICATED)
# More links can only help nutcracker where there are many clients, and the bars take the better of the two.
BAR_TARGETS = (DIRECT, NUTCRACKER, NUTCRACKER4, HAPROXY, SHARED, DEDICATED)


@dataclass(frozen=True)
class Row:
    """One line of the matrix."""

    transport: str
    clients: int
    pipeline: int
    operation: str
    size: int
    in_bars: bool = False

    @property
    def name(self):
        size = f"{self.size // 1024} KiB" if self.size >= 1024 else f"{self.size} B"
        transport = "TCP" if self.transport == "tcp" else "Unix"
        clients = "1 client" if self.clients == 1 else f"{self.clients} clients"
        return f"{transport}, {clients}, pipeline {self.pipeline}, {self.operation} {size}"

    @property
    def targets(self):
        return BAR_TARGETS if self.in_bars else TARGETS

    def load(self, seconds):
        # Fewer large keys: the data should be as warm in Redis's caches on the last row as on the first.
        keys = 10000 if self.size < 1024 else 1000
        return Load(clients=self.clients, pipeline=self.pipeline, operation=self.operation, size=self.size,
                    keys=keys, prefix=f"bench:{self.size}:", seconds=seconds)


BAR_ROWS = [
    Row("tcp", 50, 1, "GET", 64, True), Row("tcp", 50, 1, "SET", 64, True),
    Row("tcp", 50, 16, "GET", 64, True), Row("tcp", 50, 16, "SET", 64, True),
    Row("tcp", 1, 1, "GET", 64, True),
]


def rows(quick):
    if quick:
        return BAR_ROWS
    matrix = [
        Row(transport, clients, pipeline, operation, size)
        for transport in ("tcp", "unix") for size in (64, 16384) for operation in ("GET", "SET")
        for pipeline in (1, 16) for clients in (1, 50, 500)
    ]
    return BAR_ROWS + [row for row in matrix if replace(row, in_bars=True) not in BAR_ROWS]


def measure(row, round_number, bench, seconds):
    """Measures every target of a row once, beginning with another one each round."""
    load = row.load(seconds)
    bench.generator.fill(bench.redis.tcp, load)
    names = row.targets
    first = round_number % len(names)
    samples = {}
    for name in names[first:] + names[:first]:
        target = bench.target(name, row.transport)
        try:
            samples[name] = bench.generator.run(target.endpoint, load, target.child, bench.redis.child)
        except BenchError as error:
            raise BenchError(f"{name}, {row.name}: {error}") from error
    return samples
