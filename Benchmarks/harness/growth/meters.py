"""What a piece of work has cost: CPU time of the processes, or instructions that callgrind has counted."""

import re
import resource
import subprocess

from ..callgrind import Profile, dump
from ..engine.proxy import EngineFreshet
from ..processes import BenchError, cpu_between
from ..targets import Freshet
from .kinds import Diagnostics

_COLLECTED = re.compile(r"Collected : (\d+)")


class CPUMeter:
    """CPU seconds of Freshet."""

    def __init__(self, redis):
        self.redis = redis

    def start(self, label, directory, lines):
        return EngineFreshet(label, self.redis, directory, lines)

    def measure(self, kind, group, count):
        if isinstance(kind, Diagnostics):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            kind.run(group, count)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        child = kind.freshet.child
        # A process that `run` starts has not used any time before.
        before = child.cpu_time() if child.process.poll() is None else (0, 0, 0)
        kind.run(group, count)
        return cpu_between(before, kind.freshet.child.cpu_time()).total


class CountedFreshet(EngineFreshet):
    """Freshet under callgrind: some fifty times slower, and counted."""

    def command(self):
        self.output = f"{self.config}.callgrind"
        return ["valgrind", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={self.output}",
                *super().command()]


class InstructionMeter:
    """Instructions of all threads of Freshet."""

    def __init__(self, redis):
        self.redis = redis

    def start(self, label, directory, lines):
        return CountedFreshet(label, self.redis, directory, lines)

    def measure(self, kind, group, count):
        if isinstance(kind, Diagnostics):
            return self._count_check(kind.path)
        self._dump(kind.freshet)
        kind.run(group, count)
        return self._dump(kind.freshet).total

    @staticmethod
    def _dump(freshet):
        return Profile.read(dump(freshet.child, freshet.output))

    @staticmethod
    def _count_check(path):
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", Freshet.binary, "check", path],
            capture_output=True, text=True, errors="replace")
        found = _COLLECTED.search(run.stderr)
        if not found:
            raise BenchError(f"callgrind has counted nothing: {run.stderr[-400:]}")
        return int(found[1])
