"""Freshet under valgrind's callgrind: how many instructions it executes, and where."""

import glob
import os
import re
import subprocess
from collections import Counter

from .processes import BenchError
from .targets import Freshet

_NAME = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")
# Publishes the worker's tallies four times a second, however many requests there are.
_BY_THE_CLOCK = "TallyPublisher"


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

    def of_thread(self, landmark):
        """What the thread has executed that spent the most in functions with `landmark` in their mangled names."""
        by_thread = Counter()
        for (thread, function), cost in self.costs.items():
            by_thread[thread] += cost if landmark in function else 0
        (busiest, cost), *_ = by_thread.most_common(1)
        if cost <= 0:
            raise BenchError(f"no thread has executed '{landmark}': has it been renamed?")
        return Profile({place: cost for place, cost in self.costs.items() if place[0] == busiest})

    def by_function(self):
        """The functions that cost most first."""
        return Counter({function: cost for (_, function), cost in self.costs.items()}).most_common()


def _costs(path):
    """Every line of costs in a file of callgrind's, as its function and the instructions.

    What timers have cost with all that they called is taken off again under a name of its own.
    """
    names, function, callee = {}, "", ""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            name = _NAME.match(line)
            if name:
                if name[2]:
                    names[name[1]] = name[2]
                if line.startswith("c"):
                    callee = names.get(name[1], name[1])
                else:
                    function = names.get(name[1], name[1])
            elif line[0] in "+-*0123456789":
                cost = int(line.split()[1])
                if not callee:
                    yield function, cost
                elif _BY_THE_CLOCK in callee and _BY_THE_CLOCK not in function:
                    yield "timers, taken off", -cost
                callee = ""  # A call takes one line of costs, its inclusive ones.


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
        return Profile.read(dump(self.child, self.output))


def dump(child, output):
    """Has callgrind write what all threads of `child` have executed since the last time; the paths of the files."""
    known = set(glob.glob(output + ".*"))
    run = subprocess.run(["vgdb", f"--pid={child.pid}", "--wait=10", "dump"], capture_output=True, text=True)
    if run.returncode != 0:
        child.require_alive()
        raise BenchError(f"callgrind did not dump: {(run.stdout + run.stderr).strip()}")
    paths = set(glob.glob(output + ".*-*")) - known
    if not paths:
        raise BenchError("callgrind has written no profile: is this valgrind 3.19 or newer?")
    return paths
