"""What `make demo-disasters` shows. What it claims is counted in the servers themselves; a wrong count is a failure."""

import argparse
import json
import random
import sys
import threading
import time

import redis

from demo_stage import Failed, Stage, fetch, heading, metric, painted, say

parser = argparse.ArgumentParser()
parser.add_argument("--binary", required=True)
parser.add_argument("--keys", type=int, default=1_000_000, help="product keys of the sale")
parser.add_argument("--only", choices=("1", "2"), help="one of the two disasters")
options = parser.parse_args()

SHOP = """upstream redis://127.0.0.1:{primary}
fallback redis://freshet:demo@127.0.0.1:{fallback}
failover all
failover-after 300ms
failback-after 300ms 5s
probe-interval 100ms
probe-timeout 1s
reconnect-backoff 20ms 200ms
state-dir {state}
audit-file {state}.jsonl
log-format text
alertmanager http://127.0.0.1:{alertmanager}
alert-interval 1s
alert-grace 300ms
depend page:{{lang}}:product:{{id}} on product:{{id}}:price
depend banner:{{id}} on stock:{{id}}
"""

SALE = """upstream redis://127.0.0.1:{redis}
state-dir {state}
log-format text
reconcile-rate 1000000
tag product:{{id}} sale
"""


def good(text):
    say(painted(text, "32"))


def check(condition, text):
    if not condition:
        raise Failed(text)
    good(text)


class Shop:
    """An application: its database is right by definition, its pages are cached behind Freshet."""

    def __init__(self, port):
        self.client = redis.Redis(port=port, decode_responses=True, socket_timeout=5)
        self.prices = {product: "9.99" for product in range(1, 6)}
        self.stale = 0
        self.reads = 0

    def insist(self, *command):
        """Sends a command again while the connection breaks or nobody serves, as client libraries do."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return self.client.execute_command(*command)
            except (redis.ConnectionError, redis.TimeoutError, redis.ResponseError) as error:
                if time.monotonic() > deadline:
                    raise Failed(f"{' '.join(command)}: {error}") from error
                time.sleep(0.02)

    def change(self, product, price):
        self.prices[product] = price
        self.insist("SET", f"product:{product}:price", price)

    def read_all(self):
        """Reads every page; builds those that are not cached. Counts pages with a wrong price."""
        for product, price in self.prices.items():
            key = f"page:en:product:{product}"
            page = self.insist("GET", key)
            self.reads += 1
            if page is None:
                self.insist("SET", key, f"only {price}")
            elif page != f"only {price}":
                self.stale += 1


def is_active(port, name):
    alerts = json.loads(fetch(f"http://127.0.0.1:{port}/api/v2/alerts?active=true"))
    return any(alert["labels"]["alertname"] == name for alert in alerts)


def serving(admin, role):
    return metric(admin, f'freshet_serving{{role="{role}"}}') == 1


def show_alerts(stage, port):
    stage.shell("amtool", "alert", "query", f"--alertmanager.url=http://127.0.0.1:{port}")


def first_disaster(stage):
    heading("Disaster 1: a Redis of the shop is away while prices change")
    ports = {name: stage.free_port() for name in ("primary", "fallback", "alertmanager", "shop", "admin")}
    admin, address = ports["admin"], f"127.0.0.1:{ports['admin']}"
    primary = stage.start_redis("primary", ports["primary"], "--save", "", "--appendonly", "yes")
    fallback = stage.start_redis("fallback", ports["fallback"], "--save", "")
    # Rights that somebody forgot something in: Freshet may not remove banners from the fallback.
    fallback.execute_command("ACL", "SETUSER", "freshet", "on", ">demo", "&*", "+@all",
                             "~page:*", "~product:*", "~stock:*", "~freshet:*")
    for server in (primary, fallback):
        server.mset({f"page:en:product:{product}": "only 9.99" for product in range(1, 6)})
        server.set("banner:7", "only 3 left")
    stage.start_alertmanager(ports["alertmanager"])
    stage.start_freshet("freshet", ports["shop"], admin, SHOP.format(state=stage.path("shop-state"), **ports))
    stage.wait("both Redis are there", lambda: metric(admin, 'freshet_upstream_up{role="fallback"}') == 1)
    stage.wait("the index", lambda: trusted(admin))
    shop = Shop(ports["shop"])
    shop.read_all()
    say("a primary and a fallback, both with five product pages at 9.99; an Alertmanager that hears from Freshet")

    heading("1.1 An invalidation that cannot be done: Freshet lacks a right in the fallback")
    shop.insist("SET", "stock:7", "0")
    stage.wait("the dead letter", lambda: metric(admin, "freshet_dlq_items") >= 1)
    stage.shell(options.binary, "dlq", "list", "--admin", address, shown="freshet dlq list")
    stage.wait("its alert", lambda: is_active(ports["alertmanager"], "FreshetDLQNotEmpty"))
    show_alerts(stage, ports["alertmanager"])
    say("an operator mends the rights and has it tried again:")
    fallback.execute_command("ACL", "SETUSER", "freshet", "~banner:*")
    stage.shell("redis-cli", "-p", str(admin), "FRESHET", "DLQ", "RETRY", "ALL")
    stage.wait("the banner to go", lambda: not fallback.exists("banner:7"))
    stage.wait("the alert to be resolved", lambda: not is_active(ports["alertmanager"], "FreshetDLQNotEmpty"))
    check(not primary.exists("banner:7"), "the banner is gone from both, the alert is resolved")

    heading("1.2 The primary is away")
    check(all(primary.get(f"page:en:product:{n}") == "only 9.99" for n in range(1, 6)),
          "the primary has five pages with the price 9.99 on its disk")
    stage.stop("primary")
    stage.wait("applications to be served by the fallback", lambda: serving(admin, "fallback"))
    for product in (1, 2, 3):
        shop.change(product, "4.99")
    pages = [fallback.get(f"page:en:product:{product}") for product in range(1, 6)]
    check(pages == [None] * 3 + ["only 9.99"] * 2,
          "three prices were changed to 4.99: the fallback has lost their pages and kept the other two")
    shop.read_all()
    check(shop.stale == 0, f"{shop.reads} pages read so far, none with a wrong price")
    stage.wait("the alert", lambda: is_active(ports["alertmanager"], "FreshetUpstreamDown"))
    show_alerts(stage, ports["alertmanager"])
    say("what waits for the primary:")
    stage.shell(options.binary, "queue", "--admin", address, shown="freshet queue")
    told = stage.shell("sh", "-c", f"redis-cli -p {admin} FRESHET INFO | grep -e ^serving -e ^owed",
                       shown="redis-cli FRESHET INFO | grep -e ^serving -e ^owed")
    check("serving:fallback" in told, "applications have a Redis, the primary is owed what it missed")

    heading("1.3 The primary comes back, with the old pages on its disk")
    primary = stage.start_redis("primary", ports["primary"], "--save", "", "--appendonly", "yes")
    deadline = time.monotonic() + 30
    while not serving(admin, "primary"):
        shop.read_all()
        if time.monotonic() > deadline:
            raise Failed("applications were not given back to the primary")
    for _ in range(20):
        shop.read_all()
    check(shop.stale == 0, f"{shop.reads} pages read in all, before, while and after: none with a wrong price")
    left = {n: primary.get(f"page:en:product:{n}") for n in range(1, 6)}
    check(all(left[n] in (None, f"only {shop.prices[n]}") for n in left), "the primary has no page with an old price")
    for name in ("FreshetUpstreamDown", "FreshetFailedOver"):
        stage.wait(f"{name} to be resolved", lambda name=name: not is_active(ports["alertmanager"], name))
    stage.wait("nothing to be owed", lambda: metric(admin, "freshet_queue_items") == 0)
    good("the alerts are resolved, nothing is owed to anybody")
    stage.stop("freshet")


class Load(threading.Thread):
    """An application that reads keys which the sale does not touch, and notes how long each GET takes."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.client = redis.Redis(port=port)
        self.taken = []
        self.problem = None
        self.ends = False

    def run(self):
        try:
            while not self.ends:
                began = time.perf_counter()
                self.client.get(f"other:{random.randrange(1000)}")
                self.taken.append(time.perf_counter() - began)
        except redis.RedisError as error:
            self.problem = error

    def take(self):
        if self.problem:
            raise Failed(f"a GET failed: {self.problem}")
        taken, self.taken = self.taken, []
        return sorted(taken)


def latency(taken):
    if not taken:
        raise Failed("no GET was answered")
    at = lambda share: taken[min(len(taken) - 1, int(len(taken) * share))] * 1000
    return f"p50 {at(0.5):.2f} ms, p99 {at(0.99):.2f} ms, slowest {taken[-1] * 1000:.1f} ms, of {len(taken)} GETs"


def bar(done, total, began):
    seconds = max(time.monotonic() - began, 0.001)
    rate = done / seconds
    left = f"{(total - done) / rate:4.1f} s left" if rate > 0 and done < total else "          "
    filled = int(30 * done / total)
    return (f"  [{'#' * filled}{'.' * (30 - filled)}] {done:>9,} of {total:,} keys  {rate:>9,.0f}/s  {left}")


def invalidate(admin, *words):
    """Asks Freshet as an operator would from a shell, in the background; nothing here waits for the answer."""
    say(painted(f"$ redis-cli FRESHET INVALIDATE {' '.join(words)}", "36"))
    client = redis.Redis(port=admin, decode_responses=True, protocol=2, socket_timeout=300)
    command = ("FRESHET", "INVALIDATE", *words)
    threading.Thread(target=client.execute_command, args=command, daemon=True).start()


def drain(stage, direct, admin, count):
    """Invalidates the tag and draws its progress, counted in Redis; returns how many seconds it took."""
    before = direct.dbsize()
    began = time.monotonic()
    invalidate(admin, "TAG", "sale", "ASYNC")
    shown, is_queue_shown = 0.0, False
    while True:
        done = min(count, max(0, before - direct.dbsize()))
        now = time.monotonic()
        if sys.stdout.isatty() or now - shown > 0.5 or done >= count:
            is_last = not sys.stdout.isatty() or done >= count
            print(bar(done, count, began), end="\n" if is_last else "\r", flush=True)
            shown = now
        if done >= count:
            return now - began
        if now - began > 300:
            raise Failed(f"{count - done} keys are left after 300 s")
        if done > count // 4 and not is_queue_shown:
            is_queue_shown = True
            print()
            stage.shell(options.binary, "queue", "--admin", f"127.0.0.1:{admin}", shown="freshet queue")
        time.sleep(0.05)


def trusted(admin):
    """Waits until the index knows the keys that were put into Redis past Freshet."""
    client = redis.Redis(port=admin, decode_responses=True, protocol=2)
    return "\nsuspect:no" in client.execute_command("FRESHET", "INFO")


def second_disaster(stage):
    heading(f"Disaster 2: a sale begins, and {options.keys:,} product keys are stale at once")
    ports = {name: stage.free_port() for name in ("redis", "shop", "admin")}
    direct = stage.start_redis("redis", ports["redis"], "--save", "")
    direct.execute_command("DEBUG", "POPULATE", options.keys, "product", 32)
    direct.mset({f"other:{n}": "x" * 32 for n in range(1000)})
    stage.start_freshet("sale", ports["shop"], ports["admin"], SALE.format(state=stage.path("sale-state"), **ports))
    began = time.monotonic()
    stage.wait("the index", lambda: trusted(ports["admin"]), seconds=180)
    say(f"{options.keys:,} keys carry the tag sale; the index was built in {time.monotonic() - began:.1f} s")

    heading("2.1 All of them, while an application reads other keys")
    load = Load(ports["shop"])
    load.start()
    try:
        sell(stage, direct, ports, load)
    finally:
        load.ends = True
        load.join()


def sell(stage, direct, ports, load):
    """What happens while an application reads."""
    time.sleep(3)
    quiet = load.take()
    seconds = drain(stage, direct, ports["admin"], options.keys)
    busy = load.take()
    say(f"GETs before:  {latency(quiet)}")
    say(f"GETs during:  {latency(busy)}")
    left = sum(1 for _ in direct.scan_iter("product:*", count=10_000))
    check(left == 0, f"{options.keys:,} keys gone in {seconds:.1f} s: {options.keys / seconds:,.0f} keys/s")

    heading("2.2 Spread over ten seconds: the database sees a slope instead of a cliff")
    share = max(1000, options.keys // 10)
    spread(direct, ports, share)


def spread(direct, ports, count):
    """Shows, second by second, how many of the keys an application would miss."""
    # Written through Freshet, so that they carry the tag again.
    pipe = redis.Redis(port=ports["shop"]).pipeline(transaction=False)
    for number in range(count):
        pipe.set(f"product:{number}", "x")
        if number % 1000 == 999:
            pipe.execute()
    pipe.execute()
    sample = random.sample(range(count), 1000)
    gone = lambda: len(sample) - direct.exists(*(f"product:{number}" for number in sample))
    began = time.monotonic()
    invalidate(ports["admin"], "TAG", "sale", "SOFTLY", "10s", "ASYNC")
    steps, before = [], 0
    while time.monotonic() - began < 30 and before < len(sample):
        time.sleep(1)
        now = gone()
        steps.append(now - before)
        say(f"second {len(steps):>2}: {(now - before) / 10:5.1f} % missed  {'#' * ((now - before) // 10)}")
        before = now
    check(before == len(sample), "all of them have expired in the end")
    check(max(steps) < len(sample) // 2, f"no second took more than {max(steps) / 10:.0f} % of the keys")


def main():
    try:
        if options.only != "2":
            with Stage(options.binary) as stage:
                guard(stage, first_disaster)
        if options.only != "1":
            with Stage(options.binary) as stage:
                guard(stage, second_disaster)
    except (Failed, redis.RedisError) as problem:
        print(painted(f"demo-disasters: {problem}", "31"), file=sys.stderr)
        sys.exit(1)


def guard(stage, act):
    """Shows the proxy's log when it did not do what it should."""
    try:
        act(stage)
    except BaseException:
        for name in ("freshet", "sale"):
            if name in stage.processes:
                print(f"the log of {name}:\n{stage.log(name)[-4000:]}", file=sys.stderr)
        raise


main()
