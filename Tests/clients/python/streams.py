"""A log with consumer groups: workers share it, one dies, another takes its messages over."""

import threading

import redis
from connecting import connect, expect, expect_error, wait_until

client = connect()
expect(client.xgroup_create("events", "billing", id="0", mkstream=True), True, "a group")
expect_error(redis.ResponseError, lambda: client.xgroup_create("events", "billing"), "the group again")


def entries(reply):
    """RESP2 has pairs where RESP3 has a map."""
    streams = reply.items() if isinstance(reply, dict) else reply or []
    found = []
    for _, batches in streams:
        for batch in batches:
            found += batch if isinstance(batch, list) else [batch]
    return [(identifier, fields) for identifier, fields in found]


expect(entries(client.xread({"events": "$"}, block=30)), [], "nothing new")
seen = []
lock = threading.Lock()


def work(name):
    mine = connect()
    while True:
        for identifier, fields in entries(
            mine.xreadgroup("billing", name, {"events": ">"}, count=5, block=20_000)
        ):
            mine.xack("events", "billing", identifier)
            if fields["n"] == "end":
                return
            with lock:
                seen.append(int(fields["n"]))


workers = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(3)]
for worker in workers:
    worker.start()
for number in range(120):
    client.xadd("events", {"n": number}, id=f"1-{number + 1}")
wait_until(lambda: len(seen) == 120, "all events")
for number in range(len(workers)):
    client.xadd("events", {"n": "end"}, id=f"2-{number + 1}")
    wait_until(lambda: sum(not worker.is_alive() for worker in workers) > number, "the end of a worker")
expect(sorted(seen), list(range(120)), "each event is seen once")
expect(client.xpending("events", "billing")["pending"], 0, "each is acknowledged")

client.xadd("events", {"n": "left"}, id="3-1")
expect(entries(client.xreadgroup("billing", "dying", {"events": ">"})), [("3-1", {"n": "left"})], "one is taken")
claimed = client.xautoclaim("events", "billing", "heir", min_idle_time=0)
expect(claimed[1], [("3-1", {"n": "left"})], "another takes it over")
expect(client.xack("events", "billing", "3-1"), 1, "and is done with it")
expect(client.xlen("events"), 124, "the log is whole")
expect(client.xtrim("events", maxlen=10, approximate=False), 114, "and can be cut")
