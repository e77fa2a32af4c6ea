"""django-cacheops, as `make bench` asks it: a line in, a line out.

    python cacheops_model.py SOCKET
    fill FILE    caches a result for each number in the file, all of querysets with the condition shop='north'
    invalidate   invalidates what depends on an object with shop='north', and answers with the seconds that took
"""

import sys
import time

import django
from django.conf import settings

AT_ONCE = 1000

settings.configure(
    INSTALLED_APPS=["cacheops"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    CACHEOPS_REDIS=f"unix://{sys.argv[1]}",
    CACHEOPS={"*.*": {"ops": "all", "timeout": 24 * 3600}},
)
django.setup()

from cacheops import invalidate_obj  # noqa: E402
from cacheops.redis import load_script, redis_client  # noqa: E402
from django.db import connection, models  # noqa: E402


class Stock(models.Model):
    """What the querysets are of."""

    shop = models.CharField(max_length=20)

    class Meta:
        app_label = "cacheops"
        db_table = "stock"


def fill(path):
    """One queryset is cached through the ORM; the others by the same script of cacheops, many on one pipeline."""
    list(Stock.objects.filter(shop="north"))
    if not redis_client.scard("conj:stock:shop=north"):
        raise RuntimeError("cacheops has not recorded the queryset where this expects it; found: "
                           f"{redis_client.keys('*')}")
    script = load_script("cache_thing")
    with open(path, encoding="ascii") as file:
        numbers = file.read().split()
    pipeline = redis_client.pipeline(transaction=False)
    # The one that the ORM has cached counts as the first.
    for place, number in enumerate(numbers[1:], start=1):
        script(keys=["", f"q:stock:north:{int(number):08d}", ""],
               args=["x" * 64, '{"stock": [{"shop": "north"}]}', 24 * 3600], client=pipeline)
        if place % AT_ONCE == 0:
            pipeline.execute()
    pipeline.execute()
    if redis_client.scard("conj:stock:shop=north") != len(numbers):
        raise RuntimeError("not every result is recorded as depending on the condition")
    return "filled"


def invalidate():
    stale = Stock(id=1, shop="north")
    start = time.perf_counter()
    invalidate_obj(stale)
    return f"{time.perf_counter() - start:.6f}"


with connection.schema_editor() as editor:
    editor.create_model(Stock)
for line in sys.stdin:
    verb, _, argument = line.strip().partition(" ")
    print(fill(argument) if verb == "fill" else invalidate(), flush=True)
