"""redis-py with asyncio: many tasks over one pool, pipelines, waiting, and tasks that give up."""

import asyncio

import redis
import redis.asyncio
from connecting import expect, port, protocol


def connect(**options):
    settings = {"port": port(), "protocol": protocol(), "decode_responses": True, "socket_timeout": 20}
    return redis.asyncio.Redis(**(settings | options))


async def stamps(client):
    """Sixty tasks share thirty connections, and each must read only what it wrote."""
    pool = redis.asyncio.BlockingConnectionPool(
        port=port(), protocol=protocol(), decode_responses=True, max_connections=30, timeout=20
    )
    shared = redis.asyncio.Redis(connection_pool=pool)

    async def work(number):
        faults = []
        for turn in range(6):
            stamp = f"{number}-{turn}"
            await shared.set(f"stamp:{number}", stamp)
            async with shared.pipeline(transaction=turn % 2 == 0) as pipeline:
                piped = await pipeline.echo(stamp).get(f"stamp:{number}").execute()
            found = [await shared.get(f"stamp:{number}"), await shared.echo(stamp), *piped]
            if found != [stamp] * 4:
                faults.append((stamp, found))
        return faults

    faults = await asyncio.gather(*(work(number) for number in range(60)))
    expect([fault for some in faults for fault in some], [], "values that another task wrote")
    expect(len(await client.mget([f"stamp:{number}" for number in range(60)])), 60, "all tasks wrote")
    await shared.aclose()
    await pool.disconnect()


async def transactions(client):
    async def increment():
        mine = connect()
        for _ in range(10):
            await mine.transaction(step, "counter")
        await mine.aclose()

    async def step(pipeline):
        value = int(await pipeline.get("counter") or 0)
        pipeline.multi()
        pipeline.set("counter", value + 1)

    await asyncio.gather(*(increment() for _ in range(5)))
    expect(await client.get("counter"), "50", "five tasks of ten watched increments")


async def queue(client):
    done = []

    async def consume():
        mine = connect()
        while (job := (await mine.blpop(["jobs"], timeout=20))[1]) != "end":
            done.append(job)
        await mine.aclose()

    consumers = [asyncio.create_task(consume()) for _ in range(5)]
    for number in range(100):
        await client.rpush("jobs", f"job {number}")
    await client.rpush("jobs", *["end"] * len(consumers))
    await asyncio.gather(*consumers)
    expect(sorted(done), sorted(f"job {number}" for number in range(100)), "each job is done once")


async def giving_up(client):
    """A task that is cancelled while it waits leaves no reply behind for the next."""
    single = connect(max_connections=1)
    for number in range(10):
        waiting = asyncio.create_task(single.blpop(["nothing"], timeout=20))
        while not (await client.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0.001)
        waiting.cancel()
        try:
            await waiting
        except asyncio.CancelledError:
            pass
        if await single.echo(f"after {number}") != f"after {number}":
            expect("another's reply", f"after {number}", "after giving up")
        while (await client.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0.001)
    expect(await client.exists("nothing"), 0, "ten tasks gave up waiting")
    await client.rpush("nothing", "kept")
    expect(await client.lpop("nothing"), "kept", "what nobody waits for stays")
    await single.aclose()


async def impatience(client):
    """Tasks give up in the middle of large replies and pipelines; their neighbours must not notice."""
    await client.set("large", "x" * 700_000)
    faults = []

    async def give_up(number):
        mine = connect()
        for turn in range(4):
            pipeline = mine.pipeline(transaction=turn % 2 == 0)
            asking = asyncio.create_task(pipeline.get("large").incr("asked").get("large").execute())
            for _ in range(number % 7 + turn):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            stamp = f"patient {number} {turn}"
            if await mine.echo(stamp) != stamp:
                faults.append(stamp)
        await mine.aclose()

    async def stay(number):
        mine = connect()
        for turn in range(40):
            stamp = f"stays {number} {turn}"
            if await mine.echo(stamp) != stamp:
                faults.append(stamp)
        await mine.aclose()

    await asyncio.gather(*(give_up(number) for number in range(14)), *(stay(number) for number in range(5)))
    expect(faults, [], "replies that another task asked for")
    expect(await client.strlen("large"), 700_000, "what all of them asked for")


async def locks(client):
    held = []

    async def work(number):
        async with client.lock("lock:one", timeout=30, blocking_timeout=20, sleep=0.002):
            held.append(number)
            if len(held) != 1:
                expect(held, [number], "who holds the lock")
            await client.incr("locked")
            held.remove(number)

    await asyncio.gather(*(work(number) for number in range(10)))
    expect(await client.get("locked"), "10", "ten tasks took the lock by turns")


async def messages(client):
    async with client.pubsub(ignore_subscribe_messages=False) as subscription:
        await subscription.subscribe("news")
        await subscription.psubscribe("w*")
        kinds = [(await subscription.get_message(timeout=20))["type"] for _ in range(2)]
        expect(kinds, ["subscribe", "psubscribe"], "subscribing")
        expect([await client.publish("news", n) for n in range(50)], [1] * 50, "fifty messages")
        found = [(await subscription.get_message(timeout=20))["data"] for _ in range(50)]
        expect(found, [str(n) for n in range(50)], "messages in order")
        await client.publish("weather", "rain")
        expect((await subscription.get_message(timeout=20))["data"], "rain", "a message by pattern")
    expect(await client.ping(), True, "the client goes on")


async def main():
    client = connect()
    for pattern in [stamps, transactions, queue, giving_up, impatience, locks, messages]:
        await pattern(client)
    async with client.pipeline(transaction=False) as pipeline:
        for number in range(1000):
            pipeline.set(f"p:{number}", number).get(f"p:{number}")
        found = await pipeline.execute()
    expect(found[1::2], [str(number) for number in range(1000)], "a pipeline of 2000")
    await client.aclose()


asyncio.run(main())
