"""Fifty threads over one pool: each writes stamped values and must read only its own."""

import threading

from connecting import connect, expect

client = connect(max_connections=50)
faults = []


def work(number):
    for turn in range(15):
        stamp = f"{number}-{turn}"
        client.set(f"stamp:{number}", stamp)
        found = client.get(f"stamp:{number}")
        echoed = client.echo(stamp)
        piped = client.pipeline(transaction=turn % 2 == 0).echo(stamp).get(f"stamp:{number}").execute()
        if [found, echoed, *piped] != [stamp] * 4:
            faults.append(f"thread {number} wrote {stamp!r} and read {[found, echoed, *piped]!r}")


threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
expect(faults[:10], [], "values that another thread wrote")
