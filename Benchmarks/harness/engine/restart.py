"""A million queued items: how long a restart takes until Freshet is ready, and how much memory it holds then."""

import re
import time

from ..bars import Bar, Spread
from ..load import Load
from ..processes import BenchError, Child
from ..wire import Client
from .proxy import EngineFreshet, require_directives

ITEMS = 1_000_000
# Each write of another key is an item of its own that waits for an hour.
RULE = "rule later on later:{id} invalidate view:{id} after 1h"
WRITES = Load(clients=50, pipeline=16, operation="SET", size=8, prefix="later:", keys=ITEMS, requests=ITEMS,
              in_sequence=True, warmup=0)
_SIZE = re.compile(r"^cache_invalidation_queue_size\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE)
_OPEN = re.compile(r"^freshet_intents_open ([0-9.e+]+)$", re.MULTILINE)
_MIB = 1 << 20


class Restart:
    """The row: the items are queued once, by writes through Freshet; each round restarts it on them."""

    name = "engine, restart with 1,000,000 queued items"

    def __init__(self, bench):
        require_directives("state-dir", "queue-items")
        self.bench = bench
        self.rounds = []
        self.freshet = EngineFreshet("freshet restart", bench.redis, bench.directory,
                                     [RULE, f"queue-items {2 * ITEMS}"])
        start = time.monotonic()
        bench.generator.run(self.freshet.endpoint, WRITES)
        self._wait_until_queued(300)
        self._wait_until_stored(300)
        self.filled = time.monotonic() - start

    def _queued(self):
        return sum(float(count) for count in _SIZE.findall(self._page("/metrics")[1]))

    def _page(self, path):
        """The status and the text of a page of the admin port."""
        try:
            with self.freshet.admin.connect(timeout=20) as client:
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                answer = b"".join(iter(lambda: client.recv(1 << 16), b"")).decode(errors="replace")
        except OSError:
            return 0, ""
        head, _, text = answer.partition("\r\n\r\n")
        return int(head.split(" ")[1]) if " " in head else 0, text

    def _wait_until_queued(self, seconds):
        deadline = time.monotonic() + seconds
        while (queued := self._queued()) < ITEMS:
            self.freshet.child.require_alive()
            if time.monotonic() > deadline:
                raise BenchError(f"cache_invalidation_queue_size is {queued:.0f} after {seconds} s; expected {ITEMS}")
            time.sleep(0.1)

    def _wait_until_stored(self, seconds):
        """Every write's intent is released once its item has its row."""
        deadline = time.monotonic() + seconds
        while [float(count) for count in _OPEN.findall(self._page("/metrics")[1])] != [0]:
            self.freshet.child.require_alive()
            if time.monotonic() > deadline:
                raise BenchError(f"intents are still open after {seconds} s; expected every item to have its row")
            time.sleep(0.1)

    def run(self, number):
        self.freshet.stop()
        start = time.monotonic()
        self.freshet.child = Child(self.freshet.label, self.freshet.child.process.args, self.bench.directory)
        self.freshet.child.wait_until(lambda: self._page("/readyz")[0] == 200, seconds=120)
        ready = time.monotonic() - start
        self._wait_until_queued(60)
        known = time.monotonic() - start
        # What runs behind the scenes after a start counts as well.
        time.sleep(2)
        child = self.freshet.child
        self.rounds.append({"ready": ready, "known": known, "rss": child.memory(), "peak": child.memory("VmHWM")})

    def stop(self):
        self.freshet.stop()
        with Client(self.bench.redis.unix, timeout=60) as redis:
            redis.call("FLUSHALL")

    def bars(self):
        return [Bar(f"{self.name}: until it is ready", 10, True,
                    Spread.of([round["ready"] for round in self.rounds]), " s"),
                Bar(f"{self.name}: highest RSS", 200, True,
                    Spread.of([round["peak"] / _MIB for round in self.rounds]), " MiB")]

    @classmethod
    def missing_bars(cls, why):
        return [Bar(f"{cls.name}: until it is ready", 10, True, None, " s", why),
                Bar(f"{cls.name}: highest RSS", 200, True, None, " MiB", why)]

    def lines(self):
        middle = {figure: Spread.of([round[figure] for round in self.rounds]).middle for figure in self.rounds[0]}
        return [(f"{ITEMS:,} delayed items", "written through Freshet", f"{self.filled:.1f} s", ""),
                (f"{ITEMS:,} delayed items", "restart: /readyz says yes", f"{middle['ready']:.2f} s",
                 f"all counted after {middle['known']:.2f} s"),
                (f"{ITEMS:,} delayed items", "memory after it", f"RSS {middle['rss'] / _MIB:.0f} MiB",
                 f"at most {middle['peak'] / _MIB:.0f} MiB")]
