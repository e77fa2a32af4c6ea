"""How every script here connects and reports: arguments are the port, then the protocol version.

What a script expects and finds it also prints, so that a run through Freshet can be compared with one
without it.
"""

import hashlib
import os
import sys
import time

import redis


def port():
    return int(sys.argv[1])


def protocol():
    return int(sys.argv[2])


def connect(**options):
    """A client of the server under test; nothing may take longer than twenty seconds."""
    settings = {"port": port(), "protocol": protocol(), "decode_responses": True, "socket_timeout": 20}
    if "TLS_AUTHORITY" in os.environ:
        settings |= {
            "ssl": True, "ssl_ca_certs": os.environ["TLS_AUTHORITY"],
            "ssl_certfile": os.environ["TLS_CERTIFICATE"], "ssl_keyfile": os.environ["TLS_KEY"],
        }
    return redis.Redis(**(settings | options))


def expect(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, found {found!r}")
    print(f"{what}: {shown(found)}")


def expect_error(kind, call, what):
    """Expects that `call` raises exactly `kind`, and reports the server's words."""
    try:
        found = call()
    except redis.RedisError as error:
        if type(error) is not kind:
            sys.exit(f"{what}: expected {kind.__name__}, found {error!r}")
        print(f"{what}: {kind.__name__}: {error}")
        return
    sys.exit(f"{what}: expected {kind.__name__}, found {found!r}")


def wait_until(condition, what):
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"waited in vain: {what}")
        time.sleep(0.002)


def shown(value):
    """A value in one order and of bounded length."""
    if isinstance(value, (set, frozenset)):
        return f"set {sorted(value)!r}"
    text = repr(value)
    if len(text) <= 200:
        return text
    return f"{text[:40]}... {len(text)} characters, {hashlib.sha256(text.encode()).hexdigest()[:16]}"
