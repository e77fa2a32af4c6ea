"""Subscriptions and blocking pops, served by other threads."""

import queue
import threading

from connecting import connect, expect, wait_until

client = connect()

received = queue.Queue()
subscription = connect().pubsub(ignore_subscribe_messages=True)
subscription.subscribe(news=lambda message: received.put(message["data"]))
subscription.psubscribe(**{"w*": lambda message: received.put(message["data"])})
thread = subscription.run_in_thread(sleep_time=0.01)
wait_until(
    lambda: client.pubsub_numsub("news") == [("news", 1)] and client.pubsub_numpat() == 1,
    "both subscriptions",
)
expect(client.publish("news", "hello"), 1, "publish")
expect(client.publish("weather", "rain"), 1, "publish to a pattern")
expect([received.get(timeout=20), received.get(timeout=20)], ["hello", "rain"], "messages in order")
thread.stop()
thread.join()
subscription.close()

results = queue.Queue()
popping = threading.Thread(target=lambda: results.put(connect().blpop("jobs", timeout=20)))
popping.start()
client.rpush("jobs", "one")
found = results.get(timeout=20)
expect(list(found), ["jobs", "one"], "a blocked pop")
popping.join()
expect(client.blpop("jobs", timeout=0.05), None, "a pop that times out")
expect(client.blmove("none", "other", timeout=0.05), None, "a move that times out")
