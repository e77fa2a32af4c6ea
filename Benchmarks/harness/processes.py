"""Child processes of a run: started, awaited, accounted for by the operating system, and always stopped."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass


class BenchError(Exception):
    """What keeps the benchmark from going on, as one sentence with what to do."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


@dataclass(frozen=True)
class CPUTime:
    """CPU time in seconds."""

    user: float
    kernel: float

    @property
    def total(self):
        return self.user + self.kernel

    def __sub__(self, other):
        return CPUTime(self.user - other.user, self.kernel - other.kernel)


class Child:
    """A process of ours. Output goes to a file, whose end is shown when something goes wrong."""

    running = []

    def __init__(self, name, command, directory):
        self.name = name
        self.log = os.path.join(directory, f"{name.replace(' ', '-')}.log")
        with open(self.log, "wb") as output:
            try:
                # A session of its own: Ctrl-C is for us, and we stop our children in order.
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
            except OSError as error:
                raise BenchError(f"{name} cannot be started: {error}; run scripts/setup.sh --bench") from error
        self.pid = self.process.pid
        Child.running.append(self)

    def wait_until(self, is_ready, seconds=30):
        deadline = time.monotonic() + seconds
        while not is_ready():
            self.require_alive()
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} was not ready after {seconds} s; its output:\n{self.tail()}")
            time.sleep(0.02)

    def require_alive(self):
        status = self.process.poll()
        if status is not None:
            raise BenchError(f"{self.name} has ended with {status}; its output:\n{self.tail()}")

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-15:])

    def stop(self):
        if self in Child.running:
            Child.running.remove(self)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @classmethod
    def stop_all(cls):
        # Last started, first stopped: proxies before the Redis behind them.
        for child in reversed(list(cls.running)):
            child.stop()

    def cpu_time(self):
        """What all threads have used: the scheduler's exact sum, split as the tick counters say."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        user, kernel = int(fields[11]) / ticks, int(fields[12]) / ticks
        return user, kernel, self._scheduled()

    def _scheduled(self):
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            try:
                with open(f"/proc/{self.pid}/task/{task}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass  # The thread has ended meanwhile.
        return total / 1e9

    def memory(self, field="VmRSS"):
        """A line of /proc/PID/status in bytes: VmRSS, RssAnon, VmHWM."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
        raise BenchError(f"/proc/{self.pid}/status has no {field}")

    def forget_peak(self):
        """From here on VmHWM is the highest RSS since now."""
        with open(f"/proc/{self.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")


def cpu_between(before, after):
    """The CPU time between two readings of `Child.cpu_time`."""
    user, kernel, scheduled = (later - earlier for earlier, later in zip(before, after))
    ticks = user + kernel
    share = user / ticks if ticks > 0 else 0
    total = scheduled if scheduled > 0 else ticks
    return CPUTime(total * share, total * (1 - share))
