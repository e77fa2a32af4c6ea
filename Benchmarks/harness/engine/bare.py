"""The raw floor of a drain: unlink.c, a client that unlinks the same keys and does nothing else."""

import json
import os
import shutil
import subprocess

from ..processes import BenchError
from ..targets import ROOT
from .keys import PREFIX


class BareClient:
    """The compiled unlink.c."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "unlink")
        compiler = next((path for path in map(shutil.which, ("clang", "cc", "gcc")) if path), None)
        build = subprocess.run(
            [compiler or "cc", "-O2", "-std=c11", "-D_GNU_SOURCE", os.path.join(ROOT, "Benchmarks/unlink.c"),
             "-o", self.path], capture_output=True, text=True)
        if build.returncode != 0:
            raise BenchError(f"unlink.c does not compile:\n{build.stderr}")

    def seconds(self, redis, keys):
        """How long it takes to unlink all keys in the order of their numbers."""
        run = subprocess.run([self.path, redis.unix.path, PREFIX, str(keys.count)], input="go\n",
                             capture_output=True, text=True, timeout=120)
        if run.returncode != 0:
            raise BenchError(run.stderr.strip())
        result = json.loads(run.stdout.splitlines()[-1])
        if result["removed"] != keys.count:
            raise BenchError(f"the bare client has removed {result['removed']} of {keys.count} keys")
        return result["seconds"]
