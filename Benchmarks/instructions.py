#!/usr/bin/env python3
"""Counts the instructions that Freshet executes for a request, outside the kernel, and holds them to a budget.

The counts come from callgrind and hardly differ from run to run or between machines, so a slower data path shows
however busy the machine is. A count is the difference between a run of requests and one of twice as many, divided by
their number: what starting and connecting cost cancels out.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace

sys.dont_write_bytecode = True

from harness.callgrind import ProfiledFreshet  # noqa: E402
from harness.load import Load, LoadGenerator  # noqa: E402
from harness.processes import BenchError, Child  # noqa: E402
from harness.report import first_line, table  # noqa: E402
from harness.targets import ROOT, Redis  # noqa: E402

BUDGET = os.path.join(ROOT, "Benchmarks/instructions.json")
TOLERANCE_PERCENT = 5
# What only the thread of a worker spends much time in.
WORKER = "5Relay7Session"


def _of_one_client(requests, operation, pipeline=1, prefix="bench:", suffix=""):
    return Load(clients=1, pipeline=pipeline, operation=operation, prefix=prefix, suffix=suffix, keys=requests,
                requests=requests, in_sequence=True, warmup=0)


# The more requests, the less does something that happens during one run and not during the other.
SCENARIOS = {
    "GET": _of_one_client(4000, "GET"),
    "SET": _of_one_client(4000, "SET"),
    "GET, pipeline 16": _of_one_client(8000, "GET", pipeline=16),
    "SET, pipeline 16": _of_one_client(8000, "SET", pipeline=16),
    "SET that records one tag": _of_one_client(800, "SET", prefix="product:", suffix=":stock"),
    "SET with a cascade of 8 keys": _of_one_client(160, "SET", prefix="order:", suffix=":lines"),
}


class Counting:
    """A Redis and a Freshet under callgrind, and the load that they get."""

    def __init__(self, directory):
        self.generator = LoadGenerator(directory)
        redis = Redis(directory)
        for load in SCENARIOS.values():
            if load.operation == "GET":
                self.generator.fill(redis.unix, load)
        self.proxy = ProfiledFreshet("freshet counted", "unix", redis, directory)

    def _profile(self, load, times=1):
        self.generator.run(self.proxy.endpoint, replace(load, requests=times * load.requests))
        return self.proxy.dump()

    def count(self, name):
        """The profile of one request on the worker's thread."""
        load = SCENARIOS[name]
        self._profile(load)  # Whatever happens only once, such as growing a buffer, happens here.
        once = self._profile(load)
        difference = self._profile(load, times=2).minus(once, share=load.requests)
        return difference.of_thread(WORKER)


def count_all(names):
    directory = tempfile.mkdtemp(prefix="freshet-instructions-")
    try:
        counting = Counting(directory)
        return {name: counting.count(name) for name in names}
    finally:
        Child.stop_all()
        shutil.rmtree(directory, ignore_errors=True)


def toolchain():
    return {"swift": first_line("swift", "--version"), "valgrind": first_line("valgrind", "--version")}


def record():
    counts = {name: round(profile.total) for name, profile in count_all(SCENARIOS).items()}
    with open(BUDGET, "w", encoding="utf-8") as file:
        json.dump({"tolerance_percent": TOLERANCE_PERCENT, **toolchain(), "instructions_per_request": counts}, file,
                  indent=4)
        file.write("\n")
    print(table(("request", "instructions"), counts.items()))
    print(f"Recorded in {os.path.relpath(BUDGET)}.")
    return 0


def check():
    with open(BUDGET, encoding="utf-8") as file:
        budget = json.load(file)
    recorded, tolerance = budget["instructions_per_request"], budget["tolerance_percent"]
    counts = count_all(SCENARIOS)
    failed = 0
    for name, profile in counts.items():
        count, allowed = profile.total, recorded.get(name)
        change = (count / allowed - 1) * 100 if allowed else 0
        is_over = allowed is None or change > tolerance
        failed += is_over
        print(f"{'✘' if is_over else '✔'} {name}: {count:.0f} instructions per request, "
              f"{'none' if allowed is None else allowed} recorded ({change:+.1f} %)")
        if change < -tolerance:
            print("  That is less than recorded: 'make budget' keeps it so.")
    if failed:
        explain_failure(budget, tolerance)
    print(f"budget: {len(counts) - failed} passed, {failed} failed")
    return 1 if failed else 0


def explain_failure(budget, tolerance):
    print(f"  The data path executes over {tolerance} % more than {os.path.relpath(BUDGET)} allows.\n"
          "  'Benchmarks/instructions.py top' shows which functions cost what. If what they do is worth it, say so in\n"
          "  the commit and record the new counts by 'make budget'.")
    for tool, version in toolchain().items():
        if budget.get(tool) != version:
            print(f"  Recorded with another {tool}: {budget.get(tool)}; this is {version}.")


def top(names, lines):
    for name, profile in count_all(names).items():
        print(f"\n{name}: {profile.total:.0f} instructions per request\n", flush=True)
        listing = "\n".join(f"{cost:8.1f}  {100 * cost / profile.total:4.1f} %  {function}"
                            for function, cost in profile.by_function()[:lines])
        subprocess.run(["swift", "demangle", "--simplified"], input=listing + "\n", text=True, check=False)
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("check", help="fail if a request costs more than recorded")
    verbs.add_parser("record", help="record what requests cost now")
    shown = verbs.add_parser("top", help="the functions that cost most, their callees not included")
    shown.add_argument("scenario", nargs="?", help="one of: " + "; ".join(SCENARIOS))
    shown.add_argument("--lines", type=int, default=30)
    options = parser.parse_args()
    try:
        if options.verb == "top":
            if options.scenario and options.scenario not in SCENARIOS:
                parser.error(f"there is no '{options.scenario}'; expected one of: {'; '.join(SCENARIOS)}")
            return top([options.scenario] if options.scenario else SCENARIOS, options.lines)
        return record() if options.verb == "record" else check()
    except BenchError as error:
        sys.exit(f"instructions: {error}")
    except KeyboardInterrupt:
        sys.exit("instructions: interrupted; everything that was started is stopped")


if __name__ == "__main__":
    sys.exit(main())
