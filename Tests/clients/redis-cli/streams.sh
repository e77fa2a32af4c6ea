#!/bin/sh
# Replies without an end, in a pipe: MONITOR, SUBSCRIBE, --rdb, --replica. The argument is the port.
set -u
cli="redis-cli -p $1"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
wait_for() {
    tries=0
    until eval "$2"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 500 ]; then echo "waited in vain: $1"; exit 1; fi
        sleep 0.02
    done
}

$cli MONITOR >"$dir/monitor" & monitor=$!
wait_for 'the monitor' "$cli ECHO waiting >/dev/null; grep -q waiting '$dir/monitor'"
for number in 1 2 3; do $cli SET "watched:$number" "$number"; done
$cli EVAL "return redis.call('GET', KEYS[1])" 1 watched:1
wait_for 'the last command' "grep -q 'lua.*watched:1' '$dir/monitor'"
kill "$monitor"
# Without the time and the address, which differ in every run.
grep watched "$dir/monitor" | sed -E 's/^[0-9.]+ \[0 [^]]*(lua)?\]/\1/'

$cli --csv SUBSCRIBE news sport >"$dir/news" & subscriber=$!
$cli --csv PSUBSCRIBE 'n*' >"$dir/pattern" & listener=$!
wait_for 'the subscribers' "[ \"\$($cli PUBSUB NUMSUB news | tail -1) \$($cli PUBSUB NUMPAT)\" = '1 1' ]"
for number in 1 2 3; do $cli PUBLISH news "message $number"; done
$cli PUBLISH sport goal
wait_for 'the messages' "grep -q goal '$dir/news' && grep -q 'message 3' '$dir/pattern'"
kill "$subscriber" "$listener"
cat "$dir/news" "$dir/pattern"

$cli CONFIG SET repl-diskless-sync-delay 0
$cli --rdb "$dir/dump.rdb" >/dev/null 2>&1; echo "a dump: status $?"
head -c 5 "$dir/dump.rdb"; echo
redis-check-rdb "$dir/dump.rdb" | grep -c 'RDB looks OK'

$cli --replica >"$dir/replica" 2>/dev/null & replica=$!
wait_for 'the replica' "$cli SET replicated words >/dev/null; grep -q words '$dir/replica'"
kill "$replica"
grep replicated "$dir/replica" | head -n 1
wait
