"""Databases, users and names: what belongs to a connection stays with it."""

from connecting import connect, expect, expect_error
from redis.exceptions import AuthenticationError, NoPermissionError

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
expect_error(NoPermissionError, lambda: alice.get("where"), "a key that alice must not read")
mistaken = connect(username="alice", password="wrong", retry=None)
expect_error(AuthenticationError, mistaken.ping, "a wrong password")

named = connect(single_connection_client=True)
named.client_setname("mine")
expect(named.client_getname(), "mine", "a name")
expect(connect(client_name="given").client_getname(), "given", "a name from the start")
expect(connect().client_getname(), None, "no name")
client.acl_deluser("alice")
