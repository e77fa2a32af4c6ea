"""Keys of a group, created in Redis with the index as Freshet keeps it."""

import time

from ..processes import BenchError
from ..wire import Client

CONVENTIONS = (
    # Members of a tag from each of which another key follows by its name.
    "tag obj:{group}:{id} grp/{group}",
    "depend view:{group}:{id} on obj:{group}:{id}",
    # Dependents that only the index knows, from each of which another key follows.
    "depend part:{id}:{group} on src:{group}",
    "depend partview:{id}:{group} on part:{id}:{group}",
    # Two tags on one key, for expressions.
    "tag sib:{group}:{id} left/{group} right/{group}",
    "depend sibview:{group}:{id} on sib:{group}:{id}",
    "rule fire on trigger:{group} invalidate tag:grp/{group}",
    "rule wait on waiting:{group}:{id} invalidate waitview:{group}:{id} debounce 500ms",
    "rule later on late:{group}:{id} invalidate lateview:{group}:{id} after 1h",
)

_CREATE = """
local prefix, suffix, first, last = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
for number = first, last do
    local key = prefix .. string.format('%07d', number) .. suffix
    if ARGV[5] == 'yes' then redis.call('SET', key, 'x') end
    for place = 1, #KEYS do redis.call('SADD', KEYS[place], key) end
end
"""
_AT_ONCE = 5000


def create(redis, count, prefix, suffix="", sets=(), exist=True):
    """Keys `prefix` number `suffix`, as members of index sets; where they do not `exist` only their records."""
    with Client(redis.unix, timeout=60) as client:
        for first in range(0, count, _AT_ONCE):
            last = min(first + _AT_ONCE, count) - 1
            client.call("EVAL", _CREATE, len(sets), *sets, prefix, suffix, first, last, "yes" if exist else "no")


def left(redis, patterns):
    """How many keys match one of the patterns."""
    with Client(redis.unix, timeout=60) as client:
        return sum(len(client.call("KEYS", pattern)) for pattern in patterns)


def wait_until(is_done, what, seconds=180):
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            raise BenchError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


class Emptiness:
    """Whether Redis is back at the number of keys that it had before, but for a few of Freshet's own."""

    OWN_KEYS = 12

    def __init__(self, redis):
        self.redis = redis
        self.base = self._size()

    def _size(self):
        with Client(self.redis.unix, timeout=60) as client:
            return client.call("DBSIZE")

    def wait(self, what):
        wait_until(lambda: self._size() <= self.base + self.OWN_KEYS, f"{what}: Redis to have lost the keys")
