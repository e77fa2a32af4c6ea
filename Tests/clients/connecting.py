"""How every script here connects: arguments are the port, then the protocol version."""

import os
import sys

import redis


def port():
    return int(sys.argv[1])


def protocol():
    return int(sys.argv[2])


def connect(**options):
    """A client of the server under test; nothing may take longer than ten seconds."""
    settings = {"port": port(), "protocol": protocol(), "decode_responses": True, "socket_timeout": 10}
    if "TLS_AUTHORITY" in os.environ:
        settings |= {
            "ssl": True, "ssl_ca_certs": os.environ["TLS_AUTHORITY"],
            "ssl_certfile": os.environ["TLS_CERTIFICATE"], "ssl_keyfile": os.environ["TLS_KEY"],
        }
    return redis.Redis(**(settings | options))


def expect(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, found {found!r}")
