"""How every script here connects: arguments are the port, then the protocol version."""

import sys

import redis


def port():
    return int(sys.argv[1])


def protocol():
    return int(sys.argv[2])


def connect(**options):
    """A client of the server under test; nothing may take longer than ten seconds."""
    settings = {"port": port(), "protocol": protocol(), "decode_responses": True, "socket_timeout": 10}
    return redis.Redis(**(settings | options))


def expect(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, found {found!r}")
