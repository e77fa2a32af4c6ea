"""Scripts that the server does not know yet, has forgotten, or fails."""

import redis
from connecting import connect, expect, expect_error

client = connect()
script = client.register_script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
expect(script(keys=["n"], args=["x"]), ["n", "x", 1], "the first call loads")
client.script_flush()
expect(script(keys=["n"], args=["x"]), ["n", "x", 2], "NOSCRIPT loads again")

pipeline = client.pipeline()
script(keys=["n"], args=["y"], client=pipeline)
expect(pipeline.execute(), [["n", "y", 3]], "a script in a transaction")

expect_error(
    redis.ResponseError, lambda: client.eval("return redis.error_reply('MY words')", 0), "a script's error"
)

library = """#!lua name=counting
redis.register_function('count', function(keys, args) return redis.call('INCRBY', keys[1], args[1]) end)
redis.register_function{
    function_name = 'look', callback = function(keys) return redis.call('GET', keys[1]) end,
    flags = {'no-writes'}
}
"""
expect(client.function_load(library), "counting", "a library of functions")
expect(client.fcall("count", 1, "n", 4), 7, "a function that writes")
expect(client.fcall_ro("look", 1, "n"), "7", "a function that reads")
expect_error(redis.ResponseError, lambda: client.fcall("gone", 1, "n"), "a function that is not there")
expect(client.function_delete("counting"), True, "the library is gone")
