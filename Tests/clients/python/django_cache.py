"""Django's Redis cache, sessions on top of it, and a cached page, as a site uses them."""

import sys

import django
from connecting import connect, expect, port
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="for a test",
    USE_TZ=True,
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{port()}/0",
            "KEY_PREFIX": "site",
        },
        "other": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{port()}/4",
            "OPTIONS": {"max_connections": 10},
        },
    },
)
django.setup()

from django.core.cache import cache, caches  # noqa: E402  Django wants its settings first.
from django.contrib.sessions.backends.cache import SessionStore  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402


def values():
    expect(cache.set("one", {"a": [1, 2.5, None]}), None, "set")
    expect(cache.get("one"), {"a": [1, 2.5, None]}, "get")
    expect(cache.get("missing", "default"), "default", "get of a missing key")
    expect((cache.add("one", "again"), cache.add("two", "added")), (False, True), "add")
    expect(cache.get_or_set("three", lambda: "computed", 60), "computed", "get_or_set")
    expect(cache.set_many({"four": 4, "five": 5}, timeout=60), [], "set_many")
    expect(cache.get_many(["four", "five", "none"]), {"four": 4, "five": 5}, "get_many")
    expect((cache.incr("four"), cache.incr("four", 10), cache.decr("five")), (5, 15, 4), "incr and decr")
    try:
        cache.incr("missing")
        sys.exit("incr of a missing key: expected ValueError")
    except ValueError as error:
        expect(str(error), "Key 'site:1:missing' not found.", "incr of a missing key")
    expect((cache.touch("four", 100), cache.touch("missing", 100)), (True, False), "touch")
    expect(0 < connect().ttl("site:1:four") <= 100, True, "a touched key expires later")
    expect((cache.has_key("two"), "none" in cache), (True, False), "has_key")
    expect((cache.delete("two"), cache.delete("two")), (True, False), "delete")
    expect(cache.delete_many(["four", "five", "none"]), None, "delete_many")
    expect(cache.get_many(["four", "five"]), {}, "what was deleted")
    cache.set("versioned", "first", version=1)
    expect((cache.incr_version("versioned"), cache.get("versioned", version=2)), (2, "first"), "incr_version")
    cache.set("gone", "soon", timeout=0)
    expect(cache.get("gone"), None, "a value that lasts no time")


def databases():
    caches["other"].set("one", "elsewhere")
    here = {"a": [1, 2.5, None]}
    expect((cache.get("one"), caches["other"].get("one")), (here, "elsewhere"), "two databases")
    caches["other"].clear()
    expect((cache.get("one"), caches["other"].get("one")), (here, None), "clear empties one")


def sessions():
    session = SessionStore()
    session["user"] = 7
    session.save()
    again = SessionStore(session_key=session.session_key)
    expect((again["user"], again.get("theme", "none")), (7, "none"), "a session")
    again.set_expiry(60)
    again.cycle_key()
    expect(SessionStore(session_key=session.session_key).load(), {}, "a session's old key")
    again.flush()
    expect(again.session_key, None, "the end of a session")


def pages():
    rendered = []

    @cache_page(60)
    def view(request):
        rendered.append(request.path)
        return HttpResponse(f"{request.path} {len(rendered)}")

    def get(path):
        return view(RequestFactory().get(path)).content.decode()

    expect([get(path) for path in ["/a", "/a", "/b", "/a"]], ["/a 1", "/a 1", "/b 2", "/a 1"], "pages")
    cache.clear()
    expect(get("/a"), "/a 3", "a page after the cache was cleared")


for part in [values, databases, sessions, pages]:
    part()
