"""Tables for the terminal and for RESULTS.md."""

import os
import platform
import subprocess
import sys
import time
from statistics import median

from .bars import MEMORY_LIMITS
from .targets import DEDICATED, DIRECT, HAPROXY, NUTCRACKER, NUTCRACKER4, ROOT, SHARED, Freshet

ORDER = (DIRECT, NUTCRACKER, NUTCRACKER4, HAPROXY, SHARED, DEDICATED)


def first_line(*command):
    try:
        run = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return "not found"
    lines = (run.stdout + run.stderr).splitlines()
    return lines[0].strip() if lines else "unknown"


def machine():
    """What the figures depend on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1]) / (1 << 20)
    load = os.getloadavg()[0]
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "CPU": f"{len(models)} x {models[0] if models else platform.machine()}",
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "load average at the start": f"{load:.1f}",
        "Freshet": first_line(Freshet.binary, "--version"),
        "Swift": first_line("swift", "--version"),
        "Redis": first_line("redis-server", "--version"),
        "nutcracker": first_line("nutcracker", "--version").removeprefix("This is "),
        "HAProxy": first_line("haproxy", "-v"),
        "Symfony": "Symfony Cache " + first_line("dpkg-query", "--show", "--showformat=${Version}", "php-symfony-cache")
                   + ", " + first_line("php", "--version").partition(" (")[0],
        "django-cacheops": _pinned("django-cacheops") + ", " + _pinned("Django"),
    }


def _pinned(package):
    """The version of a Python package that the rivals run with."""
    with open(os.path.join(ROOT, "Benchmarks/rivals/requirements.txt"), encoding="utf-8") as file:
        return next(line.strip().replace("==", " ") for line in file if line.startswith(package + "=="))


def table(head, lines):
    """A Markdown table that is also readable as text."""
    lines = [[str(cell) for cell in line] for line in lines]
    widths = [max(len(cell) for cell in column) for column in zip(head, *lines)]

    def joined(cells):
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"

    return "\n".join([joined(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(joined, lines)])


def bar_table(bars):
    return table(("what", "bar", "measured", ""),
                 [(bar.what, bar.limit_text, bar.value_text, bar.verdict) for bar in bars])


def _cpu_cell(samples, side):
    times = [getattr(sample, side) for sample in samples]
    return f"{median(time.user for time in times):.2f} + {median(time.kernel for time in times):.2f}"


CELLS = {
    "Throughput, thousand requests per second":
        lambda samples: f"{median(sample.throughput for sample in samples) / 1000:.1f}",
    "Latency of a batch, p50 / p99, in microseconds":
        lambda samples: " / ".join(f"{median(getattr(sample, name) for sample in samples):.0f}" for name in ("p50", "p99")),
    "CPU time of the proxy per request, user + kernel, in microseconds":
        lambda samples: _cpu_cell(samples, "proxy"),
    "CPU time of Redis per request, user + kernel, in microseconds":
        lambda samples: _cpu_cell(samples, "redis"),
}


def speed_tables(results):
    """One table for each figure: medians of all rounds, a column for each target."""
    sections = []
    names = [name for name in ORDER if any(name in rounds[0] for rounds in results.values())]
    for title, cell in CELLS.items():
        shown = [name for name in names if name != DIRECT or "of the proxy" not in title]
        lines = [[row.name] + [cell([samples[name] for samples in rounds]) if name in rounds[0] else ""
                               for name in shown] for row, rounds in results.items()]
        sections.append(f"### {title}\n\n{table(['', *shown], lines)}")
    return "\n\n".join(sections)


def convention_table(recording, cascading):
    lines = []
    cases = [(f"SET, 50 clients, pipeline {pipeline}", "tagged", "one tag recorded", rounds)
             for pipeline, rounds in recording.items()]
    cases += [("SET, one client", "cascade", "cascade of 8 keys", cascading)] if cascading else []
    for load, special, name, rounds in cases:
        for kind, label in (("plain", "no convention"), (special, name)):
            samples = [pair[kind] for pair in rounds]
            lines.append((load, label, *(cell(samples) for cell in CELLS.values())))
    return table(("load", "write", "thousand/s", "p50 / p99 µs", "proxy CPU µs", "Redis CPU µs"), lines)


def memory_table(memory):
    lines = []
    for name, figures in memory.items():
        cells = [name]
        for key, _, _, unit in MEMORY_LIMITS:
            value = figures.get(key)
            scaled = "-" if value is None else f"{value:.0f} B" if unit == " B" else f"{value / (1 << 20):.1f} MiB"
            cells.append(f"{scaled} ({figures['clients']} clients)" if key == "per client" and value is not None
                         else scaled)
        lines.append(cells)
    return table(("", *(key for key, *_ in MEMORY_LIMITS)), lines)


def document(facts, command, rounds, bars, sections):
    """The whole of RESULTS.md."""
    met = sum(bar.is_met is True for bar in bars)
    measured = sum(bar.is_met is not None for bar in bars)
    parts = [
        "# Results",
        "Written by `make bench`; [README.md](README.md) says what is measured, and how. A ratio is the median of the\n"
        f"rounds' ratios (rounds: {rounds}), with the least and the greatest in brackets.",
        table(("", ""), [("command", f"`{command}`"), *facts.items()]),
        f"## Bars: {met} of {measured} met",
        bar_table(bars),
    ]
    return "\n\n".join(parts + sections) + "\n"


def say(text):
    print(text, file=sys.stderr, flush=True)
