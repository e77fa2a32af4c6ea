"""Cache-aside with Django's cache, which names its keys PREFIX:VERSION:KEY. Arguments as in shop.py."""

import sys

import redis
from django.conf import settings

location = f"redis://127.0.0.1:{sys.argv[1]}"
settings.configure(
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": location,
            "KEY_PREFIX": "site",
        }
    }
)

from django.core.cache import cache  # noqa: E402  Django wants its settings first.

client = redis.Redis.from_url(location, decode_responses=True, socket_timeout=20)
verb, first, second = sys.argv[2:]
if verb == "price":
    client.set(f"product:{first}:price", second)
    sys.exit(print("priced"))
for _ in range(2):
    page = cache.get(f"page:{first}:{second}")
    print("miss" if page is None else "hit")
    if page is None:
        page = f"costs {client.get(f'product:{second}:price')}"
        cache.set(f"page:{first}:{second}", page, timeout=300)
    print(page)
