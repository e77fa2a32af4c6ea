"""Scripts that the server does not know yet, has forgotten, or fails."""

import redis
from connecting import connect, expect

client = connect()
script = client.register_script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
expect(script(keys=["n"], args=["x"]), ["n", "x", 1], "the first call loads")
client.script_flush()
expect(script(keys=["n"], args=["x"]), ["n", "x", 2], "NOSCRIPT loads again")

pipeline = client.pipeline()
script(keys=["n"], args=["y"], client=pipeline)
expect(pipeline.execute(), [["n", "y", 3]], "a script in a transaction")

try:
    client.eval("return redis.error_reply('MY words')", 0)
    expect("a reply", "an error", "a script's error")
except redis.ResponseError as error:
    expect(str(error), "MY words", "the words of a script's error")
