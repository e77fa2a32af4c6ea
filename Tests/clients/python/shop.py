"""Cache-aside in a shop: PORT read LANGUAGE PRODUCT, or PORT price PRODUCT PRICE. Nobody here invalidates."""

import sys

import redis

client = redis.Redis(port=int(sys.argv[1]), decode_responses=True, socket_timeout=20)
verb, first, second = sys.argv[2:]
if verb == "price":
    client.pipeline().set(f"product:{first}:price", second).execute()
    sys.exit(print("priced"))
key = f"page:{first}:product:{second}"
for _ in range(2):
    page = client.get(key)
    print("miss" if page is None else "hit")
    if page is None:
        page = f"costs {client.get(f'product:{second}:price')}"
        client.set(key, page, ex=300)
    print(page)
