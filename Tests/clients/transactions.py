"""MULTI, EXEC and WATCH: an increment that retries when another was faster."""

import threading

import redis
from connecting import connect, expect

client = connect()
expect(client.pipeline().set("a", 1).incr("a").get("a").execute(), [True, 2, "2"], "a transaction")

with client.pipeline() as pipeline:
    pipeline.watch("a")
    connect().set("a", 10)
    pipeline.multi()
    pipeline.set("a", 3)
    try:
        pipeline.execute()
        expect("executed", "refused", "a transaction on a changed key")
    except redis.WatchError:
        pass
expect(client.get("a"), "10", "the value of the other writer")


def increment(pipeline):
    value = int(pipeline.get("counter") or 0)
    pipeline.multi()
    pipeline.set("counter", value + 1)


def work():
    mine = connect()
    for _ in range(25):
        mine.transaction(increment, "counter")


threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
expect(client.get("counter"), "200", "eight threads of 25 watched increments")
