"""What conventions cost: a write that records a tag, and a write that is followed by a computed cascade.

Both are compared with a SET of a key of the same length that no convention speaks of, and both are checked in Redis:
a benchmark of work that was not done would be worth nothing.
"""

from dataclasses import replace

from .load import Load
from .processes import BenchError
from .wire import Client

CHAIN = ("order:{}:subtotal", "order:{}:tax", "order:{}:shipping", "order:{}:total", "invoice:{}", "invoice:{}:pdf",
         "customer-report:{}", "dashboard:{}")

_WRITE_DEPENDENTS = """
for number = 0, tonumber(ARGV[1]) - 1 do
    local id = string.format('%08d', number)
    for place = 2, #ARGV do redis.call('SET', (string.gsub(ARGV[place], '{}', id)), 'cached') end
end
return redis.status_reply('OK')
"""
_COUNT_DEPENDENTS = """
local count = 0
for number = 0, tonumber(ARGV[1]) - 1 do
    local id = string.format('%08d', number)
    for place = 2, #ARGV do count = count + redis.call('EXISTS', (string.gsub(ARGV[place], '{}', id))) end
end
return count
"""


def _calls(redis, command):
    """How often Redis has run a command, scripts included."""
    with Client(redis.tcp) as client:
        text = client.call("INFO", "commandstats").decode()
    for line in text.splitlines():
        if line.startswith(f"cmdstat_{command}:"):
            return int(line.split("calls=")[1].split(",")[0])
    return 0


def recording(bench, target, seconds, pipeline):
    """One round: SETs that match nothing, then SETs that record one indexed tag."""
    plain = Load(clients=50, pipeline=pipeline, operation="SET", prefix="plainer:", suffix=":stock", seconds=seconds)
    tagged = replace(plain, prefix="product:")
    without = bench.generator.run(target.endpoint, plain, target.child, bench.redis.child)
    writes, records = _calls(bench.redis, "set"), _calls(bench.redis, "sadd")
    with_tag = bench.generator.run(target.endpoint, tagged, target.child, bench.redis.child)
    writes, records = _calls(bench.redis, "set") - writes, _calls(bench.redis, "sadd") - records
    if abs(records - writes) > writes * 0.02:
        raise BenchError(f"expected one SADD for each SET of product:N:stock, found {records} for {writes}: "
                         "have the conventions in proxy.conf changed?")
    return {"plain": without, "tagged": with_tag}


def cascading(bench, target, mutations):
    """One round: one client's plain SETs, then as many SETs that each make eight existing keys stale."""
    plain = Load(clients=1, operation="SET", prefix="plain:", suffix=":lines", keys=mutations, requests=mutations,
                 in_sequence=True, warmup=0)
    cascade = replace(plain, prefix="order:")
    without = bench.generator.run(target.endpoint, plain, target.child, bench.redis.child)
    with Client(bench.redis.tcp) as client:
        client.call("EVAL", _WRITE_DEPENDENTS, 0, mutations, *CHAIN)
        with_cascade = bench.generator.run(target.endpoint, cascade, target.child, bench.redis.child)
        left = client.call("EVAL", _COUNT_DEPENDENTS, 0, mutations, *CHAIN)
    if left:
        raise BenchError(f"{left} of {mutations * len(CHAIN)} dependent keys are still there after their cascades")
    return {"plain": without, "cascade": with_cascade}
