"""The kinds of work: each is prepared, begun, and awaited."""

import os
import re
import subprocess

from ..processes import BenchError
from ..targets import Freshet
from ..wire import Client
from .keys import Emptiness, create, left, wait_until

_GAUGE = r"^{name}(?:\{{[^}}]*\}})? ([0-9.e+]+)$"


class Kind:
    """Work on `count` keys of a group of their own; what `run` does is measured."""

    name = ""
    # Directives besides the conventions.
    directives = ()

    def __init__(self, freshet, redis):
        self.freshet, self.redis = freshet, redis

    def prepare(self, group, count):
        """Creates what the work is about."""

    def run(self, group, count):
        """Begins the work and waits for its end."""
        raise NotImplementedError

    def check(self, group, count):
        """Fails if something is left that should be gone."""

    def write(self, *words):
        with Client(self.freshet.endpoint, timeout=180) as client:
            return client.call(*words)

    def metric(self, name):
        """The sum of a metric's series."""
        with self.freshet.admin.connect(timeout=60) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            page = b"".join(iter(lambda: client.recv(1 << 16), b"")).decode(errors="replace")
        found = re.findall(_GAUGE.format(name=name), page, re.MULTILINE)
        if not found:
            raise BenchError(f"there is no metric {name}")
        return sum(float(value) for value in found)


class OfObjects(Kind):
    """Members of a tag, each of which leads on to one more key."""

    def prepare(self, group, count):
        self.empty = Emptiness(self.redis)
        create(self.redis, count, f"obj:{group}:", sets=[f"freshet:tag:grp/{group}"])
        create(self.redis, count, f"view:{group}:")

    def run(self, group, count):
        self.begin(group, count)
        self.empty.wait(self.name)

    def begin(self, group, count):
        raise NotImplementedError

    def check(self, group, count):
        rest = left(self.redis, [f"obj:{group}:*", f"view:{group}:*"])
        if rest:
            raise BenchError(f"{self.name}: {rest} keys are left")


class Tag(OfObjects):
    name = "tag whose members lead on"

    def begin(self, group, count):
        self.freshet.ask("INVALIDATE", "TAG", f"grp/{group}")


class Pattern(OfObjects):
    name = "pattern"

    def begin(self, group, count):
        self.freshet.ask("INVALIDATE", "PATTERN", f"obj:{group}:*")


class Rule(OfObjects):
    name = "rule that invalidates a tag"

    def begin(self, group, count):
        self.write("SET", f"trigger:{group}", "x", "PX", 1)


class Over(OfObjects):
    name = "tag, over 2 s"

    def begin(self, group, count):
        self.freshet.ask("INVALIDATE", "TAG", f"grp/{group}", "OVER", "2s")


class Softly(OfObjects):
    name = "tag, softly 2 s"

    def begin(self, group, count):
        self.freshet.ask("INVALIDATE", "TAG", f"grp/{group}", "SOFTLY", "2s")


class Computed(OfObjects):
    name = "DEL of keys from which others follow by name"

    def begin(self, group, count):
        self.write("DEL", *(f"obj:{group}:{number:07d}" for number in range(count)))


class Recorded(Kind):
    name = "SET with recorded dependents that lead on"

    def prepare(self, group, count):
        self.empty = Emptiness(self.redis)
        create(self.redis, count, "part:", f":{group}", sets=[f"freshet:dep:src:{group}"])
        create(self.redis, count, "partview:", f":{group}")

    def run(self, group, count):
        self.write("SET", f"src:{group}", "x", "PX", 1)
        self.empty.wait(self.name)

    def check(self, group, count):
        if left(self.redis, [f"part:*:{group}", f"partview:*:{group}"]):
            raise BenchError(f"{self.name}: keys are left")


class Sets(Kind):
    name = "DEL of keys that the index may know"

    def prepare(self, group, count):
        create(self.redis, count, f"src:{group}-")

    def run(self, group, count):
        self.write("DEL", *(f"src:{group}-{number:07d}" for number in range(count)))
        # The next command of the same client comes after all that this one owes.
        wait_until(lambda: self.metric("freshet_intents_open") == 0, f"{self.name}: open intents")


class Expression(Kind):
    name = "expression"

    def prepare(self, group, count):
        self.empty = Emptiness(self.redis)
        sets = [f"freshet:tag:left/{group}", f"freshet:tag:right/{group}"]
        create(self.redis, count, f"sib:{group}:", sets=sets)
        create(self.redis, count, f"sibview:{group}:")

    def run(self, group, count):
        self.freshet.ask("INVALIDATE", "EXPR", f"tag:left/{group} & tag:right/{group}")
        wait_until(lambda: left(self.redis, [f"sib*:{group}:*"]) == 0, f"{self.name}: the keys to be gone")


class Waiting(Kind):
    name = "firings that wait, and run together"

    def prepare(self, group, count):
        self.empty = Emptiness(self.redis)
        create(self.redis, count, f"waitview:{group}:")

    def run(self, group, count):
        with Client(self.freshet.endpoint, timeout=180) as client:
            for number in range(count):
                client.call("SET", f"waiting:{group}:{number:07d}", "x", "PX", 1)
        self.empty.wait(self.name)


class Sweep(Kind):
    name = "sweep of dead members"

    def prepare(self, group, count):
        create(self.redis, count, f"obj:{group}:", sets=[f"freshet:tag:grp/{group}"], exist=False)

    def run(self, group, count):
        def swept():
            with Client(self.redis.unix) as client:
                return client.call("SCARD", f"freshet:tag:grp/{group}") == 0
        wait_until(swept, f"{self.name}: the set to be empty", seconds=300)


class Rebuild(Kind):
    name = "rebuild of the index"

    def prepare(self, group, count):
        create(self.redis, count, f"obj:{group}:")

    def run(self, group, count):
        self.freshet.ask("INDEX", "REBUILD")

        def recorded():
            with Client(self.redis.unix) as client:
                return client.call("SCARD", f"freshet:tag:grp/{group}") == count
        wait_until(recorded, f"{self.name}: all records")

    def check(self, group, count):
        with Client(self.redis.unix) as client:
            client.call("FLUSHALL")


class Recovery(Kind):
    name = "restart after a kill, with firings that wait"

    def prepare(self, group, count):
        with Client(self.freshet.endpoint, timeout=180) as client:
            for number in range(count):
                client.call("SET", f"late:{group}:{number:07d}", "x")
        self.freshet.kill()

    def run(self, group, count):
        self.freshet.start()
        wait_until(lambda: self.metric("freshet_recovery_pending") == 0, f"{self.name}: adopted work")


class Reload(Kind):
    name = "reload of so many lines"

    def prepare(self, group, count):
        with open(self.freshet.config, encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if not line.startswith("tag line")]
        lines += [f"tag line{number}:{{id}} lines/{{id}}" for number in range(count)]
        with open(self.freshet.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def run(self, group, count):
        self.freshet.ask("RELOAD")


class Diagnostics(Kind):
    """Not of the running proxy: `freshet check` of a file in which every line is wrong."""

    name = "check of a file with so many errors"

    def prepare(self, group, count):
        self.path = os.path.join(self.freshet.directory, f"errors-{count}.conf")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(f"tagg line{number}:{{id}} lines" for number in range(count)) + "\n")

    def run(self, group, count):
        run = subprocess.run([Freshet.binary, "check", self.path], capture_output=True)
        if run.returncode == 0:
            raise BenchError("freshet check accepts a file with errors")


KINDS = (Tag, Recorded, Computed, Sets, Pattern, Expression, Rule, Over, Softly, Waiting, Sweep, Rebuild, Recovery,
         Reload, Diagnostics)
