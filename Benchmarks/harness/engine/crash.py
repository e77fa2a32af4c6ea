"""Kills during a storm of mutations: what `make crash` finds, as a row beside the others."""

import os
import re
import subprocess

from ..bars import Bar, Spread
from ..processes import BenchError
from ..targets import ROOT
from .proxy import Missing

_LAST_LINE = re.compile(r"(\d+) stale dependents")


class Crash:
    """The row: once in a run, however many rounds there are."""

    name = "engine, kills during a storm of writes"

    def __init__(self, bench):
        with open(os.path.join(ROOT, "Makefile"), encoding="utf-8") as file:
            if not re.search(r"^crash:", file.read(), re.MULTILINE):
                raise Missing("there is no make crash")
        self.kills = 20 if bench.quick else 200
        self.stale, self.took = None, ""

    def run(self, number):
        if number > 0:
            return
        run = subprocess.run(["make", "--no-print-directory", "-C", ROOT, "crash", f"KILLS={self.kills}"],
                             capture_output=True, text=True)
        found = _LAST_LINE.findall(run.stdout + run.stderr)
        if not found:
            raise BenchError(f"make crash has not said how many dependents are stale; it ended with {run.returncode}:\n"
                             f"{(run.stdout + run.stderr)[-600:]}")
        self.stale = int(found[-1])
        self.took = (run.stdout.strip().splitlines() or [""])[-1]

    def stop(self):
        """Nothing of it runs on."""

    def bars(self):
        return [Bar(f"{self.name}: stale dependents after {self.kills} of them", 0, True, Spread.of([self.stale]))]

    @classmethod
    def missing_bars(cls, why):
        return [Bar(f"{cls.name}: stale dependents", 0, True, None, missing=why)]

    def lines(self):
        return [(f"make crash KILLS={self.kills}", "Freshet", self.took, "")]
