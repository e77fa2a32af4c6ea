"""The keys of one tag, created afresh for each measurement, with the index as Freshet keeps it."""

import random
import time

from ..processes import BenchError
from ..wire import Client

PREFIX = "stock:north:"
TAG = "shop:north"
INDEX = "freshet:tag:shop:north"
CONVENTION = "tag stock:{shop}:{id} shop:{shop}"
VALUE_SIZE = 64
# Keys of one call of the script.
_AT_ONCE = 5000
_LOOK_AT_ONCE = 50000
# Keys with which Freshet remembers what it does.
OWN_KEYS = 8

_CREATE = """
local value = string.rep('x', tonumber(ARGV[1]))
for place = 2, #ARGV do
    local key = KEYS[2] .. string.format('%08d', ARGV[place])
    redis.call('SET', key, value)
    redis.call('SADD', KEYS[1], key)
end
return #ARGV - 1
"""


def shuffled(count):
    """The numbers below `count` in an order without any, the same each time."""
    numbers = list(range(count))
    random.Random(count).shuffle(numbers)
    return numbers


class TaggedKeys:
    """`count` keys of one tag. The order in which they are created is the order in which they lie in memory."""

    def __init__(self, redis, numbers):
        self.redis = redis
        self.numbers = numbers

    @property
    def count(self):
        return len(self.numbers)

    def create(self):
        with Client(self.redis.unix, timeout=60) as client:
            for start in range(0, self.count, _AT_ONCE):
                client.call("EVAL", _CREATE, 2, INDEX, PREFIX, VALUE_SIZE, *self.numbers[start:start + _AT_ONCE])
            if client.call("SCARD", INDEX) != self.count:
                raise BenchError(f"{INDEX} does not hold the {self.count} keys that were created")

    def wait_until_gone(self, base, seconds=120):
        """Waits until Redis holds no more keys than `base` before they were created, but for a few of Freshet's own."""
        deadline = time.monotonic() + seconds
        with Client(self.redis.unix) as client:
            while client.call("DBSIZE") > base + OWN_KEYS:
                if time.monotonic() > deadline:
                    raise BenchError(f"the keys were not gone after {seconds} s")
                time.sleep(0.001)

    def require_gone(self, whose):
        """Nothing may be left, asked of Redis itself for each key. `whose` invalidation it was."""
        with Client(self.redis.unix, timeout=60) as client:
            left = sum(client.call("EVAL", _COUNT, 0, PREFIX, start, min(start + _LOOK_AT_ONCE, self.count) - 1)
                       for start in range(0, self.count, _LOOK_AT_ONCE))
            if left:
                raise BenchError(f"{left} of {self.count} keys are still there after {whose} said that all are gone")
            client.call("UNLINK", INDEX)


_COUNT = """
local left = 0
for number = ARGV[2], ARGV[3] do
    left = left + redis.call('EXISTS', ARGV[1] .. string.format('%08d', number))
end
return left
"""


def size(redis):
    """How many keys Redis holds."""
    with Client(redis.unix) as client:
        return client.call("DBSIZE")


def require_index(freshet, redis):
    """Freshet itself must record a key in the set that `create` fills, or all would be measured beside the point."""
    key = f"{PREFIX}99999999"
    with Client(freshet.endpoint) as client:
        client.call("SET", key, "x")
        client.call("GET", key)
    with Client(redis.unix) as client:
        if client.call("SISMEMBER", INDEX, key) != 1:
            raise BenchError(f"Freshet has not recorded {key} in {INDEX}: has the format of the index changed?")
        client.call("UNLINK", key, INDEX)
