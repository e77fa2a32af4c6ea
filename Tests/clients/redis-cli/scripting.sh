#!/bin/sh
# redis-cli as scripts use it: -x, -X, --csv, --json, -r, --eval, -e, -3, pipes. The argument is the port.
set -u
cli="redis-cli -p $1"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

printf 'of a pipe, with a nul \000 and lines\r\n' | $cli -x SET standard:input
$cli --no-raw GET standard:input
printf 'tagged' | $cli -X WORD SET tagged WORD EX 100
$cli GET tagged
$cli RPUSH list 'with space' 'with "quote"' plain
$cli --csv LRANGE list 0 -1
$cli --json LRANGE list 0 -1
$cli --no-raw LRANGE list 0 -1
$cli HSET hash field 1 other 2
$cli -3 --no-raw HGETALL hash
$cli -r 5 INCR counter
$cli -r 3 -i 0.01 PING
$cli -e LPUSH standard:input 1; echo "status $?"
$cli LPUSH standard:input 1; echo "status $?"
$cli -e GET standard:input >/dev/null; echo "status $?"
$cli --no-raw NOSUCH command

cat >"$dir/limit.lua" <<'LUA'
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, count <= tonumber(ARGV[2])}
LUA
for _ in 1 2 3; do $cli --no-raw --eval "$dir/limit.lua" limit:7 , 60 2; done
$cli SCRIPT EXISTS 0000000000000000000000000000000000000000

# A conversation: what stands on one line depends on what stood before it. Only the connection's id may differ.
$cli --no-raw <<'WORDS' | sed '/"id" =>/d'
SELECT 5
SET here "five \x41"
MULTI
GET here
INCR here
LPUSH queue a b c
EXEC
WATCH queue
MULTI
DISCARD
BLPOP queue 1
CLIENT SETNAME me
CLIENT GETNAME
HELLO 3
HGETALL hash
RESET
GET here
SELECT 5
GET here
FLUSHDB
WORDS
