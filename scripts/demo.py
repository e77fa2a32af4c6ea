"""What `make demo` shows. Every number is counted in Redis itself, past the proxy; a wrong one is a failure."""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
import urllib.request

import redis

METRICS = ("cache_invalidations_total", "freshet_mutations_total", "freshet_cascades_total", "freshet_cascade_keys_total")

parser = argparse.ArgumentParser()
for name in ("port", "admin", "redis"):
    parser.add_argument(f"--{name}", type=int, required=True)
parser.add_argument("--audit", required=True)
parser.add_argument("--binary", required=True)
options = parser.parse_args()

application = redis.Redis(port=options.port, decode_responses=True)
direct = redis.Redis(port=options.redis, decode_responses=True)
colourful = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
failures = []


def painted(text, code):
    return f"\x1b[{code}m{text}\x1b[0m" if colourful else text


def heading(text):
    print(f"\n{painted(text, '1')}")


def shell(*command):
    """Runs a command as a reader would type it, and shows it and what it says."""
    print(painted(f"  $ {shlex.join(command)}", "36"))
    result = subprocess.run(command, capture_output=True, text=True, timeout=20)
    for line in (result.stdout + result.stderr).splitlines():
        print(f"    {line}")
    if result.returncode != 0:
        failures.append(f"{' '.join(command)} ended with {result.returncode}")


def present(keys):
    return [key for key in keys if direct.exists(key)]


def wait_until_gone(keys):
    """Waits for the slow path too: a drain may go on behind the reply."""
    deadline = time.monotonic() + 5
    while present(keys) and time.monotonic() < deadline:
        time.sleep(0.005)


def write(keys):
    for key in keys:
        application.set(key, "cached")
    missing = set(keys) - set(present(keys))
    if missing:
        failures.append(f"written, but not there: {sorted(missing)}")


def report(title, victims, neighbours, expected):
    wait_until_gone(victims)
    gone = len(victims) - len(present(victims))
    kept = len(present(neighbours))
    good = gone == expected and kept == len(neighbours)
    print("  " + painted(f"{gone} keys gone, {kept} of {len(neighbours)} neighbours untouched", "32" if good else "31"))
    if not good:
        failures.append(f"{title}: {gone} keys went where {expected} should, {kept} of {len(neighbours)} neighbours stayed")


def metrics():
    with urllib.request.urlopen(f"http://127.0.0.1:{options.admin}/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line.startswith(METRICS))}


def audit_lines():
    """The records so far; the last may still be on its way to the file."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with open(options.audit, encoding="utf-8") as file:
            lines = file.read().splitlines()
        if any('"order:7:lines"' in line for line in lines):
            return lines
        time.sleep(0.02)
    failures.append("the audit file has no record of order:7:lines")
    return lines


before = metrics()

heading("1. One tag, one command")
pages = [f"page:{language}:product:42" for language in ("en", "de", "fr")]
details = "price name stock images reviews rating related seo bundle shipping warranty badges".split()
family = [f"product:42:{detail}" for detail in details] + pages
others = ["product:43:price", "product:421:price", "page:en:product:43", "session:abc"]
write(family + others)
print(f"  {len(family)} keys carry the tag product:42; beside them {', '.join(others)}")
shell("redis-cli", "-p", str(options.admin), "FRESHET", "INVALIDATE", "TAG", "product:42")
report("the tag", family, others, 15)

heading("2. One write, a chain of eight")
chain = ["order:7:subtotal", "order:7:tax", "order:7:shipping", "order:7:total", "invoice:7", "invoice:7:pdf",
         "customer-report:7", "dashboard:7"]
others = ["order:8:total", "invoice:8", "dashboard:8"]
# From its source on: writing a key makes those behind it stale.
write(["order:7:lines", *chain, *others])
shell("redis-cli", "-p", str(options.port), "SET", "order:7:lines", "2 apples")
report("the chain", chain, others, 8)

heading("3. A dependency that only an index knows: page:{lang}:product:{id} on product:{id}:price")
pages = [f"page:{language}:product:7" for language in ("en", "de", "fr", "it")]
others = ["page:en:product:8"]
write(pages + others)
shell("redis-cli", "-p", str(options.port), "SET", "product:7:price", "9.99")
report("the recorded dependency", pages, others, len(pages))

heading("4. Why, as the audit tells it")
lines = audit_lines()
record = next((json.loads(line) for line in reversed(lines) if '"key":"order:7:lines"' in line), {})
print(f"  {record.get('cmd')} {record.get('key')} by {record.get('actor', {}).get('addr')}: {record.get('outcome')}")
for target in record.get("targets", []):
    print(f"    {'  ' * (target['depth'] - 1)}{target['key']}  <- {target.get('why')} ({target.get('line')})")
if lines:
    print(painted(f"  {lines[-1]}", "2"))

heading("5. Metrics that moved")
after = metrics()
moved = {name: value for name, value in after.items() if value != before.get(name, 0)}
for name, value in moved.items():
    print(f"  {name}  {before.get(name, 0):g} -> {value:g}")
if not moved:
    failures.append("no metric moved")

heading("6. Before the fact: what would a write do?")
shell(options.binary, "explain", "--config", "proxy.conf", "order:7:lines", "SET")

for failure in failures:
    print(painted(f"demo: {failure}", "31"), file=sys.stderr)
sys.exit(1 if failures else 0)
