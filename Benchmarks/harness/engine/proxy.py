"""Freshet as the engine's rows run it: conventions of their own, directives by name, and the admin port."""

import functools
import os
import subprocess

from ..processes import BenchError, Child
from ..targets import ROOT, Endpoint, Freshet
from ..wire import Client


class Missing(Exception):
    """What the executable lacks for a row: the row says so, and its bar counts as not met."""


@functools.cache
def directives():
    """The names of the directives that the executable knows."""
    run = subprocess.run([Freshet.binary, "reference", "directives"], capture_output=True, text=True)
    return {line.removeprefix("### ") for line in run.stdout.splitlines() if line.startswith("### ")}


def require_directives(*names):
    for name in names:
        if name not in directives():
            raise Missing(f"this freshet has no {name}")


class EngineFreshet:
    """A Freshet with a configuration of lines, on Unix sockets, and a state directory where it wants one."""

    def __init__(self, label, redis, directory, lines, transport="unix"):
        self.label, self.redis, self.directory, self.transport = label, redis, directory, transport
        self.endpoint = Endpoint.new(transport, directory, label)
        self.admin = Endpoint.new("unix", directory, f"{label} admin")
        self.state = os.path.join(directory, label.replace(" ", "-") + "-state")
        os.makedirs(self.state, exist_ok=True)
        self.config = os.path.join(directory, label.replace(" ", "-") + ".conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(self._settings() + list(lines)) + "\n")
        self.child = None
        self.start()

    def _settings(self):
        upstream = self.redis.endpoint(self.transport)
        settings = [
            f"listen {f'unix:{self.endpoint.path}' if self.endpoint.path else f'127.0.0.1:{self.endpoint.port}'}",
            f"admin unix:{self.admin.path}",
            f"upstream {f'unix://{upstream.path}' if upstream.path else f'redis://127.0.0.1:{upstream.port}'}",
        ]
        return settings + ([f"state-dir {self.state}"] if "state-dir" in directives() else [])

    def start(self):
        if not os.access(Freshet.binary, os.X_OK):
            raise BenchError(f"there is no {Freshet.binary}: run 'make build', or set FRESHET_BINARY")
        self.child = Child(self.label, self.command(), self.directory)
        self.child.wait_until(self.endpoint.answers)

    def command(self):
        return [Freshet.binary, "serve", self.config]

    def stop(self):
        self.child.stop()

    def kill(self):
        """As a crash ends it."""
        self.child.process.kill()
        self.child.process.wait()
        self.child.stop()

    def ask(self, *words, timeout=300):
        """The answer of one admin verb."""
        with Client(self.admin, timeout=timeout) as client:
            return client.call("FRESHET", *words)


CONVENTIONS = os.path.join(ROOT, "proxy.conf")


def convention_lines():
    """The conventions of the repository's proxy.conf, without its settings."""
    with open(CONVENTIONS, encoding="utf-8") as file:
        return [line.rstrip() for line in file if line.split(" ")[0] in ("tag", "depend", "rule", "protect")]
