"""What applications do with Redis: cache-aside, sessions, queues, locks, rate limiters, messages."""

import threading

from connecting import connect, expect, protocol, wait_until
from redis.exceptions import LockError

client = connect()


def cache_aside():
    loads = []

    def product(number):
        key = f"product:{number}:view"
        cached = client.get(key)
        if cached is None:
            loads.append(number)
            cached = f"product {number}, load {len(loads)}"
            client.set(key, cached, ex=300)
        return cached

    expect([product(1), product(1), product(2)], ["product 1, load 1"] * 2 + ["product 2, load 2"], "a cache")
    expect(0 < client.ttl("product:1:view") <= 300, True, "a cached value expires")
    client.unlink("product:1:view")
    expect(product(1), "product 1, load 3", "a removed value is loaded again")
    keys = [f"product:{number}:view" for number in range(1, 4)]
    expect(client.mget(keys), [product(1), product(2), None], "many values at once")


def sessions():
    def touch(token, **fields):
        pipeline = client.pipeline()
        pipeline.hset(f"session:{token}", mapping=fields)
        pipeline.hincrby(f"session:{token}", "requests", 1)
        pipeline.expire(f"session:{token}", 1800)
        return pipeline.execute()

    expect(touch("t1", user="7", theme="dark"), [2, 1, True], "a session begins")
    expect(touch("t1", theme="light"), [0, 2, True], "a session goes on")
    expected = {"user": "7", "theme": "light", "requests": "2"}
    expect(client.hgetall("session:t1"), expected, "what a session knows")
    expect(0 < client.ttl("session:t1") <= 1800, True, "a session ends by itself")
    expect(client.hget("session:gone", "user"), None, "no session")
    client.pexpire("session:t1", 1)
    wait_until(lambda: not client.exists("session:t1"), "the end of a session")
    expect(client.hgetall("session:t1"), {}, "a session that has expired")


def queue():
    done = []

    def consume():
        mine = connect()
        while True:
            job = mine.blmove("jobs", "jobs:taken", timeout=20, src="LEFT", dest="RIGHT")
            if job == "end":
                return
            done.append(job)
            mine.lrem("jobs:taken", 1, job)

    consumers = [threading.Thread(target=consume) for _ in range(4)]
    for consumer in consumers:
        consumer.start()
    for number in range(200):
        client.rpush("jobs", f"job {number}")
    client.rpush("jobs", *["end"] * len(consumers))
    for consumer in consumers:
        consumer.join()
    expect(sorted(done), sorted(f"job {number}" for number in range(200)), "each job is done once")
    expect(client.lrange("jobs:taken", 0, -1), ["end"] * 4, "every job was acknowledged")


def priority():
    client.zadd("urgent", {"later": 5, "now": 1})
    expect(tuple(client.bzpopmin(["none", "urgent"], timeout=20)), ("urgent", "now", 1.0), "the most urgent")
    client.rpush("low", "c")
    client.rpush("high", "a", "b")
    found = [tuple(client.blpop(["high", "low"], timeout=20)) for _ in range(3)]
    expect(found, [("high", "a"), ("high", "b"), ("low", "c")], "queues by priority")
    expect(client.blmpop(0.05, 2, "high", "low", direction="LEFT"), None, "nothing left")


def locks():
    total = []

    def work():
        mine = connect()
        for _ in range(5):
            with mine.lock("lock:stock", timeout=30, blocking_timeout=20, sleep=0.002):
                stock = int(mine.get("stock") or 0)
                mine.set("stock", stock + 1)
        total.append(5)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    expect((client.get("stock"), sum(total)), ("30", 30), "nobody works at the same time")
    expect(client.exists("lock:stock"), 0, "the lock is free")
    lost = client.lock("lock:short", timeout=30)
    lost.acquire()
    client.set("lock:short", "somebody else")
    try:
        lost.release()
        expect("released", "refused", "a lock that was lost")
    except LockError as error:
        expect(type(error).__name__, "LockNotOwnedError", "a lock that was lost")
    expect(client.get("lock:short"), "somebody else", "the other's lock")


WINDOW = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, ARGV[1] - ARGV[2])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""


def limiter():
    def fixed():
        pipeline = client.pipeline()
        pipeline.incr("limit:7").expire("limit:7", 60, nx=True)
        return pipeline.execute()

    expect([fixed(), fixed(), fixed()], [[1, True], [2, False], [3, False]], "a fixed window")
    window = client.register_script(WINDOW)
    at = [0, 10, 20, 30, 1005, 1006]
    allowed = [window(keys=["window:7"], args=[5000 + time, 1000, 3, f"request {time}"]) for time in at]
    expect(allowed, [1, 1, 1, 0, 1, 0], "a sliding window")


def messages():
    subscription = connect().pubsub()
    subscription.subscribe("news", "sport")
    subscription.psubscribe("weather:*")

    def read():
        message = subscription.get_message(timeout=20)
        return message["type"], message["channel"], message["data"]

    expect(
        [read(), read(), read()],
        [("subscribe", "news", 1), ("subscribe", "sport", 2), ("psubscribe", "weather:*", 3)],
        "subscribing",
    )
    expect([client.publish("news", n) for n in range(3)], [1, 1, 1], "a subscriber")
    expect(client.publish("weather:north", "rain"), 1, "a subscriber of a pattern")
    expect([read()[2] for _ in range(4)], ["0", "1", "2", "rain"], "messages in order")
    subscription.unsubscribe("news")
    expect(read(), ("unsubscribe", "news", 2), "unsubscribing")
    expect(client.publish("news", "nobody"), 0, "nobody listens any more")
    if protocol() == 2:
        subscription.ping()
        expect(read()[0], "pong", "a ping between messages")
    subscription.close()
    wait_until(lambda: client.pubsub_numsub("sport") == [("sport", 0)], "the subscriber's leaving")


for pattern in [cache_aside, sessions, queue, priority, locks, limiter, messages]:
    pattern()
