"""MULTI, EXEC and WATCH: an increment that retries when another was faster."""

import threading

import redis
from connecting import connect, expect, expect_error

client = connect()
expect(client.pipeline().set("a", 1).incr("a").get("a").execute(), [True, 2, "2"], "a transaction")

with client.pipeline() as pipeline:
    pipeline.watch("a")
    connect().set("a", 10)
    pipeline.multi()
    pipeline.set("a", 3)
    expect_error(redis.WatchError, pipeline.execute, "a transaction on a changed key")
expect(client.get("a"), "10", "the value of the other writer")


def increment(pipeline):
    value = int(pipeline.get("counter") or 0)
    pipeline.multi()
    pipeline.set("counter", value + 1)


def work():
    mine = connect()
    for _ in range(10):
        mine.transaction(increment, "counter")


threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
expect(client.get("counter"), "60", "six threads of ten watched increments")
