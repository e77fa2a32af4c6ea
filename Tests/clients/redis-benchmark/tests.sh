#!/bin/sh
# redis-benchmark: every one of its tests, pipelined, then some without pipeline. The argument is the port.
set -u

# What was measured differs in every run; that every test was measured, and nothing else said, does not.
benchmark() {
    output=$(redis-benchmark -p "$port" -c 50 --csv "$@" 2>&1)
    echo "status $?"
    printf '%s\n' "$output" | sed -E 's/("[^"]*")(,"([0-9.]+|inf)"){7}$/\1 measured/'
}

port=$1
benchmark -n 800 -P 16
benchmark -n 500 -t set,get,incr,lpush,lpop,hset -r 1000 -d 1024
# Four million bytes at once, more than a link takes without a pause.
benchmark -n 600 -t set,get -r 100 -d 20000 -P 4
benchmark -n 200 -k 0 -t ping
benchmark -n 500 -P 8 --threads 2 --dbnum 3 -r 50 eval "return redis.call('INCR', KEYS[1])" 1 counter:__rand_int__
redis-cli -p "$port" -n 3 EVAL "local sum = 0
    for _, key in ipairs(redis.call('KEYS', 'counter:*')) do sum = sum + redis.call('GET', key) end
    return sum >= 500" 0
