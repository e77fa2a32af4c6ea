"""Freshet under valgrind's callgrind: how many instructions it executes, and where."""

import glob
import os
import re
import subprocess
from collections import Counter

from .processes import BenchError
from .targets import Freshet

_NAME = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")


class Profile:
    """Instructions by thread and function, callees not included.

    Threads are told apart because some work by the clock: what they execute meanwhile is no part of a request.
    """

    def __init__(self, costs=()):
        self.costs = Counter(costs)

    @classmethod
    def read(cls, paths):
        """The profile in the files of one dump, each of which ends with the number of its thread."""
        costs = Counter()
        for path in paths:
            thread = int(path.rpartition("-")[2])
            for function, cost in _costs(path):
                costs[thread, function] += cost
        return cls(costs)

    def minus(self, other, share):
        """What this has beyond the other, divided by `share`."""
        return Profile({place: (cost - other.costs[place]) / share for place, cost in self.costs.items()})

    @property
    def total(self):
        return sum(self.costs.values())

    def busiest_thread(self, besides=None):
        by_thread = Counter()
        for (thread, _), cost in self.costs.items():
            by_thread[thread] += cost if thread != besides else 0
        return by_thread.most_common(1)[0][0]

    def of_thread(self, thread):
        return Profile({place: cost for place, cost in self.costs.items() if place[0] == thread})

    def by_function(self):
        """The functions that cost most first."""
        return Counter({function: cost for (_, function), cost in self.costs.items()}).most_common()


def _costs(path):
    """Every line of costs in a file of callgrind's, as its function and the instructions."""
    names, function, is_call = {}, None, False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            name = _NAME.match(line)
            if name:
                if name[2]:
                    names[name[1]] = name[2]
                function = function if line.startswith("c") else names.get(name[1], name[1])
            elif line.startswith("calls="):
                is_call = True  # The line that follows is what the callee cost.
            elif line[0] in "+-*0123456789":
                if not is_call:
                    yield function, int(line.split()[1])
                is_call = False


class ProfiledFreshet(Freshet):
    """Freshet, shared, as callgrind runs it: some fifty times slower, and counted."""

    def command(self, label, directory):
        self.output = os.path.join(directory, "callgrind.out")
        # Hashes that differ from run to run would make different numbers of probes.
        os.environ["SWIFT_DETERMINISTIC_HASHING"] = "1"
        return ["valgrind", "--tool=callgrind", "--separate-threads=yes",
                f"--callgrind-out-file={self.output}", *super().command(label, directory)]

    def dump(self):
        """What all threads have executed since the last dump."""
        known = set(glob.glob(self.output + ".*"))
        run = subprocess.run(["vgdb", f"--pid={self.child.pid}", "--wait=10", "dump"], capture_output=True, text=True)
        if run.returncode != 0:
            self.child.require_alive()
            raise BenchError(f"callgrind did not dump: {(run.stdout + run.stderr).strip()}")
        paths = set(glob.glob(self.output + ".*-*")) - known
        if not paths:
            raise BenchError("callgrind has written no profile: is this valgrind 3.19 or newer?")
        return Profile.read(paths)
