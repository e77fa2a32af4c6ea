#!/usr/bin/env python3
"""Measures Freshet beside the proxies it replaces; README.md in this folder says how. Run it by `make bench`."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from harness import bars, conventions, memory, report, speed  # noqa: E402
from harness.engine.measure import measure_engine  # noqa: E402
from harness.growth.measure import measure_growth  # noqa: E402
from harness.load import LoadGenerator  # noqa: E402
from harness.processes import BenchError, Child  # noqa: E402
from harness.targets import DEDICATED, HAPROXY, NUTCRACKER, ROOT, SHARED, Redis, descriptor_limit, start  # noqa: E402


MATRIX_ROUNDS = 3


class Bench:
    """Everything that runs: one Redis, and each target once on each transport, started when first needed."""

    def __init__(self, directory):
        self.directory = directory
        self.generator = LoadGenerator(directory)
        self.redis = Redis(directory)
        self._targets = {}

    def target(self, name, transport="tcp"):
        if (name, transport) not in self._targets:
            self._targets[name, transport] = start(name, transport, self.redis, self.directory)
        return self._targets[name, transport]

    def fresh(self, name, transport):
        """A target that has served nobody yet; the caller stops it."""
        return start(name, transport, self.redis, self.directory)


def measure_speed(bench, options):
    rows = [row for row in speed.rows(options.quick) if options.wants(row.name)]
    results = {row: [] for row in rows}
    for number in range(options.rounds):
        for row in rows:
            # The rows beside the bars are many and for orientation.
            if not row.in_bars and number >= MATRIX_ROUNDS:
                continue
            report.say(f"round {number + 1} of {options.rounds}: {row.name}")
            seconds = options.seconds if row.in_bars else options.seconds / 4
            results[row].append(speed.measure(row, number, bench, seconds))
    return results


def measure_conventions(bench, options):
    target = bench.target(SHARED)
    recording, cascading = {}, []
    pipelines = (1,) if options.quick else (1, 16)
    for number in range(options.rounds):
        for pipeline in pipelines:
            if options.wants(f"tag, pipeline {pipeline}"):
                report.say(f"round {number + 1} of {options.rounds}: writes that record a tag, pipeline {pipeline}")
                pair = conventions.recording(bench, target, options.seconds, pipeline)
                recording.setdefault(pipeline, []).append(pair)
        if options.wants("cascade"):
            report.say(f"round {number + 1} of {options.rounds}: writes with a cascade of 8 keys")
            cascading.append(conventions.cascading(bench, target, int(4000 * options.seconds)))
    return recording, cascading


def measure_memory(bench, options):
    names = (SHARED,) if options.quick else (NUTCRACKER, HAPROXY, SHARED, DEDICATED)
    memory.prepare(bench.redis)
    results = {}
    for name in names:
        figures = results[name] = {}
        for case, action in memory.CASES.items():
            if not options.wants(f"memory, {case}"):
                continue
            report.say(f"memory of {name}: {case}")
            target = bench.fresh(name, memory.TRANSPORTS.get(case, "tcp"))
            figures.update(action(target))
            target.stop()
    memory.clean_up(bench.redis)
    return results


def run(options):
    facts = report.machine()
    directory = tempfile.mkdtemp(prefix="freshet-bench-")
    try:
        bench = Bench(directory)
        # Memory first: Redis has little to do with the background of a proxy that just started.
        held = measure_memory(bench, options) if options.wants_any("memory") else {}
        results = measure_speed(bench, options)
        recording, cascading = measure_conventions(bench, options)
        engine = measure_engine(directory, bench.generator, options)
        growth = measure_growth(directory, options)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        Child.stop_all()
        shutil.rmtree(directory, ignore_errors=True)
    table = bars.speed_bars(results) + bars.convention_bars(recording, cascading) + bars.memory_bars(held)
    table += engine.bars + growth.bars
    if options.filter:
        table = [bar for bar in table if bar.value is not None or bar.missing]
    sections = []
    if results:
        sections += ["## Speed", report.speed_tables(results)]
    if recording or cascading:
        sections += ["## Writes that conventions speak of", report.convention_table(recording, cascading)]
    if held:
        sections += ["## Memory", report.memory_table(held)]
    if engine.lines:
        sections += ["## The invalidation engine", engine.table()]
    if growth.lines:
        sections += ["## Growth", growth.table()]
    return facts, table, sections


class Options(argparse.Namespace):
    """What was asked for."""

    def wants(self, name):
        return self.filter.lower() in name.lower()

    def wants_any(self, _):
        return any(self.wants(f"memory, {case}") for case in memory.CASES)


def read_options():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what the bars need, in less time")
    parser.add_argument("--rounds", type=int, help="how often everything is measured (default 5; 3 if quick)")
    parser.add_argument("--seconds", type=float, help="how long one measurement of a bar takes (default 2; 1 if quick)")
    parser.add_argument("--filter", default="", help="only what has this in its name: 'pipeline 16', 'memory'")
    parser.add_argument("--output", help="the file to write (default Benchmarks/RESULTS.md; none for part of a run)")
    options = parser.parse_args(namespace=Options())
    options.rounds = options.rounds or (3 if options.quick else 5)
    options.seconds = options.seconds or (1 if options.quick else 2)
    return options


def command_line(options):
    words = ["make bench"]
    words += ["QUICK=1"] if options.quick else []
    words += [f"ROUNDS={options.rounds}", f"SECONDS={options.seconds:g}"]
    words += [f"FILTER='{options.filter}'"] if options.filter else []
    return " ".join(words)


def main():
    options = read_options()
    descriptor_limit()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    began = time.monotonic()
    try:
        facts, table, sections = run(options)
    except BenchError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit("bench: interrupted; everything that was started is stopped")
    command = command_line(options)
    facts["took"] = f"{(time.monotonic() - began) / 60:.1f} minutes"
    text = report.document(facts, command, options.rounds, table, sections)
    path = options.output or (None if options.filter else os.path.join(ROOT, "Benchmarks/RESULTS.md"))
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    print(text if options.filter else report.bar_table(table))
    if path:
        print(f"\nThe whole of it is in {os.path.relpath(path)}.")


if __name__ == "__main__":
    main()
