"""Runs load.c against an endpoint, with the accounting read exactly around the measured time."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass

from .processes import BenchError, CPUTime, cpu_between
from .targets import ROOT


@dataclass(frozen=True)
class Load:
    """What the clients do. Keys are `prefix`, eight digits, `suffix`."""

    clients: int = 50
    pipeline: int = 1
    operation: str = "GET"
    size: int = 64
    prefix: str = "bench:"
    suffix: str = ""
    keys: int = 10000
    seconds: float = 1
    requests: int = 0
    in_sequence: bool = False
    warmup: float = 0.15
    # Microseconds between the batches of a client; 0: each begins when the last one is answered.
    interval: int = 0

    def options(self):
        words = ["--clients", self.clients, "--pipeline", self.pipeline, "--size", self.size, "--keys", self.keys,
                 "--prefix", self.prefix, "--suffix", self.suffix, "--seconds", self.seconds,
                 "--requests", self.requests, "--warmup", self.warmup, "--interval", self.interval]
        words += ["--set"] if self.operation == "SET" else []
        words += ["--sequence"] if self.in_sequence else []
        return [str(word) for word in words]


@dataclass(frozen=True)
class Sample:
    """One measurement. Latencies in microseconds; CPU time in microseconds per request."""

    throughput: float
    p50: float
    p99: float
    proxy: CPUTime
    redis: CPUTime


class LoadGenerator:
    """The compiled load.c."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "load")
        compiler = next((path for path in map(shutil.which, ("clang", "cc", "gcc")) if path), None)
        if not compiler:
            raise BenchError("there is no C compiler: clang comes with Swift; put its folder into PATH")
        source = os.path.join(ROOT, "Benchmarks/load.c")
        build = subprocess.run(
            [compiler, "-O2", "-std=c11", "-D_GNU_SOURCE", source, "-o", self.path],
            capture_output=True, text=True)
        if build.returncode != 0:
            raise BenchError(f"load.c does not compile:\n{build.stderr}")

    def run(self, endpoint, load, proxy=None, redis=None, meanwhile=None):
        """Runs `load`; `proxy` and `redis` are the processes whose CPU time is read.

        `meanwhile` is called when it has begun, and when that returns, the load ends.
        """
        command = [self.path, *endpoint.load_option, *load.options()]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            try:
                self._await(process, "ready")
                before = [child.cpu_time() if child else None for child in (proxy, redis)]
                process.stdin.write("go\n")
                process.stdin.flush()
                if meanwhile:
                    meanwhile()
                    process.stdin.write("stop\n")
                    process.stdin.flush()
                self._await(process, "done")
                after = [child.cpu_time() if child else None for child in (proxy, redis)]
                result = json.loads(process.stdout.readline())
            finally:
                process.kill()
        return self._sample(result, before, after)

    @staticmethod
    def _await(process, word):
        if process.stdout.readline().strip() != word:
            raise BenchError(process.stderr.read().strip() or "the load generator ended without a word")

    @staticmethod
    def _sample(result, before, after):
        def per_request(earlier, later):
            if earlier is None:
                return CPUTime(0, 0)
            used = cpu_between(earlier, later)
            scale = 1e6 / result["requests"]
            return CPUTime(used.user * scale, used.kernel * scale)

        proxy, redis = (per_request(*pair) for pair in zip(before, after))
        return Sample(result["requests"] / result["seconds"], result["p50"], result["p99"], proxy, redis)

    def fill(self, endpoint, load):
        """Writes every key that `load` uses, past any proxy."""
        self.run(endpoint, Load(
            clients=1, pipeline=16, operation="SET", size=load.size, prefix=load.prefix, suffix=load.suffix,
            keys=load.keys, requests=load.keys, in_sequence=True, warmup=0))
