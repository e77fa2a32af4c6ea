"""Values of every type, pipelines, scanning, locks."""

from connecting import connect, expect

client = connect()
expect(client.ping(), True, "ping")
expect(client.set("s", "v", ex=100), True, "set")
expect(client.get("s"), "v", "get")
expect(client.get("missing"), None, "get of a missing key")
expect(connect(decode_responses=False).get("s"), b"v", "get without decoding")
expect(client.hset("h", mapping={"f": "1", "g": "2"}), 2, "hset")
expect(client.hgetall("h"), {"f": "1", "g": "2"}, "hgetall")
expect(client.sadd("set", 1, 2, 3), 3, "sadd")
expect(set(client.smembers("set")), {"1", "2", "3"}, "smembers")
expect(client.zadd("z", {"a": 1.5}), 1, "zadd")
expect(client.zscore("z", "a"), 1.5, "zscore")
expect(client.xadd("x", {"f": "v"}, id="1-1"), "1-1", "xadd")
expect(client.rpush("l", *range(100)), 100, "rpush")
expect(client.lrange("l", 0, -1), [str(n) for n in range(100)], "lrange")

binary = bytes(range(256)) * 1000
connect(decode_responses=False).set("binary", binary)
expect(connect(decode_responses=False).get("binary"), binary, "256 kB of every byte")

pipeline = client.pipeline(transaction=False)
for number in range(2000):
    pipeline.set(f"p:{number}", number)
for number in range(2000):
    pipeline.get(f"p:{number}")
expect(pipeline.execute()[2000:], [str(n) for n in range(2000)], "a pipeline of 4000")

expect(len(set(client.scan_iter("p:*", count=100))), 2000, "scan_iter")

with client.lock("lock:one", timeout=10) as lock:
    expect(client.lock("lock:one", timeout=10).acquire(blocking=False), False, "a lock held by another")
    expect(lock.extend(10), True, "extending a lock")
expect(client.exists("lock:one"), 0, "a lock released")
