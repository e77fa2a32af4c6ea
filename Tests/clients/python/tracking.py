"""Client-side caching: an application keeps values, and the server says which of them are stale."""

from connecting import connect, expect, protocol, wait_until

client = connect(single_connection_client=True)
other = connect()
kept = {}


def forget(names):
    for name in list(kept) if names is None else names:
        kept.pop(name.decode() if isinstance(name, bytes) else name, None)


def listen():
    """RESP3 pushes what is stale; RESP2 sends it as a message to a connection that subscribed."""
    if protocol() == 3:
        client.connection._parser.set_invalidation_push_handler(lambda push: forget(push[1]))
        client.client_tracking_on()
        return client.ping
    subscription = connect().pubsub()
    subscription.subscribe("__redis__:invalidate")
    subscription.get_message(timeout=20)
    subscription.connection.send_command("PING")
    subscription.get_message(timeout=20)
    listeners = [entry for entry in other.client_list() if entry["sub"] == "1"]
    client.execute_command("CLIENT", "TRACKING", "ON", "REDIRECT", listeners[0]["id"])

    def take():
        message = subscription.get_message(timeout=0)
        if message and message["type"] == "message":
            forget(message["data"])

    return take


take = listen()


def wait_for_word(condition, what):
    """Listens until the server has said so."""

    def heard():
        take()
        return condition()

    wait_until(heard, f"word of {what}")


def get(name):
    if name not in kept:
        kept[name] = client.get(name)
    return kept[name]


for number in range(20):
    other.set(f"key:{number}", f"old {number}")
old = [f"old {number}" for number in range(20)]
expect([get(f"key:{number}") for number in range(20)], old, "values read")
expect(len(kept), 20, "values kept")
other.set("key:7", "new 7")
wait_for_word(lambda: "key:7" not in kept, "a change")
expect((get("key:7"), len(kept)), ("new 7", 20), "a changed value is read again")
other.mset({"key:1": "a", "key:2": "b"})
wait_for_word(lambda: len(kept) == 18, "two changes")
expect([get("key:1"), get("key:2"), get("key:3")], ["a", "b", "old 3"], "both are read again")
other.flushdb()
wait_for_word(lambda: not kept, "a flush")
expect(get("key:9"), None, "nothing is left")
