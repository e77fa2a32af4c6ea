#!/bin/sh
# redis-cli --pipe: thirty thousand commands as one stream, then values that fail among others. The argument is the port.
set -eu
cli="redis-cli -p $1"

awk 'BEGIN {
    for (i = 0; i < 30000; i++)
        printf "*3\r\n$3\r\nSET\r\n$%d\r\nmass:%d\r\n$%d\r\nvalue %d\r\n", length("mass:" i), i, length("value " i), i
}' | $cli --pipe
$cli EVAL "return #redis.call('KEYS', 'mass:*')" 0
$cli MGET mass:0 mass:12345 mass:29999

# Plain words instead of RESP, and replies that are errors: --pipe counts them, and shows them unless told not to.
awk 'BEGIN {
    for (i = 0; i < 2000; i++) print "RPUSH list:" i % 10, i
    print "LPUSH mass:0 wrong"
    print "SET"
    for (i = 0; i < 2000; i++) print "INCR counter"
}' | $cli --pipe 2>&1 || echo "status $?"
$cli GET counter
$cli LLEN list:7

# One value of 4 MB, larger than what is gathered.
head -c 4000000 /dev/zero | tr '\0' 'x' | $cli -x SET large
$cli STRLEN large
$cli GETRANGE large 3999990 -1
$cli GET large | cksum
