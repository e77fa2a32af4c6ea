"""A hundred thousand keys of one tag: Freshet against libraries that do it from within the application."""

import os
import subprocess

from ..bars import Bar, Spread
from ..processes import BenchError, Child
from ..targets import ROOT
from .drain import drain, unbounded_lines
from .keys import CONVENTION, TaggedKeys, require_index, shuffled, size
from .proxy import EngineFreshet

KEYS = 100_000
VENV = os.path.join(ROOT, ".build/bench-venv/bin/python")
RIVALS = {
    "Symfony RedisTagAwareAdapter": ["php", os.path.join(ROOT, "Benchmarks/rivals/symfony.php")],
    "django-cacheops": [VENV, os.path.join(ROOT, "Benchmarks/rivals/cacheops_model.py")],
}


class Rival:
    """A process with the library in it, that fills and invalidates when told so."""

    def __init__(self, name, redis, directory):
        self.name, self.redis = name, redis
        log = os.path.join(directory, f"{name.split()[0]}.log")
        try:
            with open(log, "wb") as output:
                self.process = subprocess.Popen(
                    [*RIVALS[name], redis.unix.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output,
                    text=True, start_new_session=True)
        except OSError as error:
            raise BenchError(f"{name} cannot be started: {error}; run scripts/setup.sh --bench") from error
        self.log = log
        Child.running.append(self)

    def _tell(self, words):
        try:
            self.process.stdin.write(words + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
        except OSError:
            answer = ""
        if not answer:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                raise BenchError(f"{self.name} has ended: {file.read()[-600:].strip()}; run scripts/setup.sh --bench")
        return answer

    def seconds(self, numbers, base):
        """The time of one invalidation of all that was written before it; nothing may be left of that."""
        self._tell(f"fill {numbers}")
        filled = size(self.redis) - base
        if filled < KEYS:
            raise BenchError(f"{self.name} has written {filled} keys, not {KEYS}")
        seconds = float(self._tell("invalidate"))
        left = size(self.redis) - base
        # cacheops keeps the names of the fields that it has met.
        if left > 1:
            raise BenchError(f"{left} keys are still there after {self.name} has invalidated their tag")
        return seconds

    def stop(self):
        if self in Child.running:
            Child.running.remove(self)
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Rivals:
    """The row: each library and Freshet in turn, beginning with another each round."""

    name = "engine, 100,000 keys of one tag"

    def __init__(self, bench):
        self.bench = bench
        self.rounds = []
        self.keys = TaggedKeys(bench.redis, shuffled(KEYS))
        self.numbers = os.path.join(bench.directory, "numbers")
        with open(self.numbers, "w", encoding="ascii") as file:
            file.write("\n".join(map(str, self.keys.numbers)))
        self.freshet = EngineFreshet("freshet rivals", bench.redis, bench.directory, [CONVENTION, *unbounded_lines()])
        require_index(self.freshet, bench.redis)
        self.rivals = {name: Rival(name, bench.redis, bench.directory) for name in RIVALS}

    def run(self, number):
        ways = {name: self._rival for name in self.rivals} | {"Freshet": self._freshet, "floor": self._floor}
        names = list(ways)
        first = number % len(names)
        self.rounds.append({name: ways[name](name) for name in names[first:] + names[:first]})

    def _rival(self, name):
        return self.rivals[name].seconds(self.numbers, size(self.bench.redis))

    def _freshet(self, _):
        base = size(self.bench.redis)
        self.keys.create()
        seconds = drain(self.freshet, self.keys, base)
        self.keys.require_gone("Freshet")
        return seconds

    def _floor(self, _):
        self.keys.create()
        seconds = self.bench.bare.seconds(self.bench.redis, self.keys)
        self.keys.require_gone("the bare client")
        return seconds

    def stop(self):
        for process in (*self.rivals.values(), self.freshet):
            process.stop()

    def bars(self):
        return [Bar(f"{self.name}: faster than the faster of Symfony's adapter and cacheops", 3.0, False,
                    Spread.of([min(seconds[name] for name in self.rivals) / seconds["Freshet"]
                               for seconds in self.rounds]))]

    @classmethod
    def missing_bars(cls, why):
        return [Bar(f"{cls.name}: faster than the faster of Symfony's adapter and cacheops", 3.0, False, None,
                    missing=why)]

    def lines(self):
        labels = {name: name for name in self.rivals} | {
            "Freshet": "Freshet, no limits", "floor": "UNLINK, 500 at a time, bare client"}
        return [(f"{KEYS:,} keys of one tag", label,
                 f"{Spread.of([seconds[name] for seconds in self.rounds]).middle * 1000:.0f} ms", "")
                for name, label in labels.items()]
