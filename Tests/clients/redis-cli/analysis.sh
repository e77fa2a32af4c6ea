#!/bin/sh
# What operators ask of a keyspace: --bigkeys, --memkeys, --scan, --latency, INFO. The argument is the port.
set -eu
cli="redis-cli -p $1"
awk 'BEGIN {
    for (i = 0; i < 2000; i++) print "SET string:" i, i
    for (i = 1; i <= 40; i++) for (j = 0; j < i; j++) print "RPUSH list:" i, j
    for (i = 1; i <= 30; i++) for (j = 0; j < i; j++) print "HSET hash:" i, j, j
    for (i = 1; i <= 20; i++) for (j = 0; j < i; j++) print "SADD set:" i, j
    for (i = 1; i <= 10; i++) for (j = 0; j < i; j++) print "ZADD zset:" i, j, j
    for (i = 1; i <= 5; i++) print "XADD stream 1-" i, "f v"
    print "SET string:long 0123456789012345678901234567890123456789"
}' | $cli >/dev/null

# The order of a scan is Redis's own secret: only the summary is the same in two servers.
summary() { sed -n '/summary/,$p'; }
$cli --bigkeys | summary
$cli --memkeys -i 0 | summary | grep -c 'Biggest'
$cli --scan --pattern 'list:*' | sort | cksum
$cli --scan --pattern 'string:1*' | wc -l
$cli --scan | wc -l
$cli --raw --latency -i 0.2 | awk '{ print NF " figures", ($1 <= $3 && $3 <= $2 && $4 > 0) }'
$cli -n 3 SET other database
# How many keys there are includes those of the index, which may lie in other databases too.
$cli INFO keyspace | tr -d '\r' | grep '^db[03]:' | sed 's/keys=[0-9]*,//; s/,avg_ttl.*//'
$cli -n 3 GET other
