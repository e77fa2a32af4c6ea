"""Databases, users and names: what belongs to a connection stays with it."""

import redis
from connecting import connect, expect

client = connect()
client.set("where", "zero")
other = connect(db=3)
other.set("where", "three")
expect((client.get("where"), other.get("where")), ("zero", "three"), "two databases")

client.acl_setuser("alice", enabled=True, passwords=["+secret"], keys=["open:*"], commands=["+@all"])
alice = connect(username="alice", password="secret")
expect(alice.acl_whoami(), "alice", "alice")
expect(client.acl_whoami(), "default", "the default user")
alice.set("open:1", "v")
try:
    alice.get("where")
    expect("a value", "NOPERM", "a key that alice must not read")
except redis.exceptions.NoPermissionError:
    pass
try:
    connect(username="alice", password="wrong").ping()
    expect("accepted", "refused", "a wrong password")
except redis.AuthenticationError:
    pass

named = connect(single_connection_client=True)
named.client_setname("mine")
expect(named.client_getname(), "mine", "a name")
expect(connect(client_name="given").client_getname(), "given", "a name from the start")
expect(connect().client_getname(), None, "no name")
client.acl_deluser("alice")
