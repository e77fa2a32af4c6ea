"""Servers for a demonstration: each on a free port, each ended and its files removed when the stage is left."""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import redis

COLOURFUL = sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def painted(text, code):
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURFUL else text


def heading(text):
    print(f"\n{painted(text, '1')}", flush=True)


def say(text):
    print(f"  {text}", flush=True)


class Failed(Exception):
    """The demonstration did not show what it promises."""


class Stage:
    def __init__(self, binary):
        self.binary = binary
        self.directory = tempfile.mkdtemp(prefix="freshet-demo-")
        self.processes = {}
        self.held = []
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(130))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def free_port(self):
        """A port that is free now; a second socket keeps it from being named again."""
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            port = asked.getsockname()[1]
        if port in self.held:
            return self.free_port()
        self.held.append(port)
        return port

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, name, *command):
        with open(self.path(name + ".log"), "ab") as log:
            self.processes[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self, name):
        process = self.processes.pop(name)
        process.terminate()
        process.wait(timeout=20)

    def log(self, name):
        with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, what, condition, seconds=30):
        """Waits until the condition holds; whatever it raises counts as not yet."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if result := condition():
                    return result
            except (redis.RedisError, OSError):
                pass
            time.sleep(0.02)
        raise Failed(f"waited {seconds} s in vain: {what}")

    def start_redis(self, name, port, *options):
        directory = self.path(name)
        os.makedirs(directory, exist_ok=True)
        self.start(name, "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", directory,
                   "--enable-debug-command", "yes", *options)
        client = redis.Redis(port=port, decode_responses=True)
        self.wait(f"{name} on port {port}", client.ping)
        return client

    def start_freshet(self, name, port, admin, configuration):
        path = self.path(name + ".conf")
        known = subprocess.run([self.binary, "reference", "directives"], capture_output=True, text=True, check=False).stdout
        configuration = "\n".join(line for line in configuration.splitlines() if f"### {line.split(' ')[0]}\n" in known)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"listen 127.0.0.1:{port}\nadmin 127.0.0.1:{admin}\n{configuration}")
        self.start(name, self.binary, "serve", path)
        self.wait("freshet", lambda: b"200" in fetch(f"http://127.0.0.1:{admin}/readyz?verbose", status=True))
        return redis.Redis(port=port, decode_responses=True)

    def start_alertmanager(self, port):
        path = self.path("alertmanager.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n")
        self.start("alertmanager", "prometheus-alertmanager", f"--config.file={path}",
                   f"--storage.path={self.path('alertmanager')}", f"--web.listen-address=127.0.0.1:{port}",
                   "--cluster.listen-address=")
        self.wait("alertmanager", lambda: b"200" in fetch(f"http://127.0.0.1:{port}/-/ready", status=True))

    def shell(self, *command, shown=None, may_fail=False):
        """Runs a command as a reader would type it, and shows it and what it says."""
        print(painted(f"  $ {shown or shlex.join(command)}", "36"), flush=True)
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        for line in (result.stdout + result.stderr).splitlines():
            print(f"    {line}", flush=True)
        if result.returncode != 0 and not may_fail:
            raise Failed(f"{shlex.join(command)} ended with {result.returncode}")
        return result.stdout


def fetch(url, status=False):
    with urllib.request.urlopen(url, timeout=5) as response:
        return str(response.status).encode() if status else response.read()


def metric(admin, name):
    """The value of a series, written as in the exposition; 0 where there is none."""
    for line in fetch(f"http://127.0.0.1:{admin}/metrics").decode().splitlines():
        if line.startswith(name + " "):
            return float(line.rsplit(" ", 1)[1])
    return 0.0
