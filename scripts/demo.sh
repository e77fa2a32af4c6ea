#!/bin/sh
# Shows on one screen what Freshet does, with a Redis of its own that is gone afterwards.
# FRESHET_BINARY names another executable than .build/release/freshet.
set -eu
cd "$(dirname "$0")/.."

binary=${FRESHET_BINARY:-.build/release/freshet}
python=.build/venv/bin/python
[ -x "$binary" ] || { echo "demo: there is no $binary: run 'make build'" >&2; exit 1; }
[ -x "$python" ] || { echo "demo: there is no $python: run 'make setup'" >&2; exit 1; }

scratch=$(mktemp -d)
redis_pid=
proxy_pid=
clean_up() {
    for pid in $proxy_pid $redis_pid; do kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# Three ports that are free now, held together so that they differ.
read -r port admin redis <<PORTS
$("$python" -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(one.getsockname()[1] for one in held))
')
PORTS

give_up() {
    echo "demo: $1" >&2
    cat "$2" >&2
    exit 1
}

# Waits at most ten seconds until "$3..." succeeds; $1 says for what, $2 is the log to show if it does not.
wait_for() {
    what=$1
    log=$2
    shift 2
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || give_up "$what did not come up" "$log"
        sleep 0.05
    done
}

redis-server --port "$redis" --bind 127.0.0.1 --dir "$scratch" --save '' --appendonly no >"$scratch/redis.log" 2>&1 &
redis_pid=$!
wait_for "redis-server" "$scratch/redis.log" redis-cli -p "$redis" ping

"$binary" serve proxy.conf --listen "127.0.0.1:$port" --admin "127.0.0.1:$admin" \
    --upstream "redis://127.0.0.1:$redis" --audit-file "$scratch/audit.jsonl" >"$scratch/freshet.log" 2>&1 &
proxy_pid=$!
wait_for "freshet" "$scratch/freshet.log" curl --silent --fail "http://127.0.0.1:$admin/readyz"

"$python" scripts/demo.py --port "$port" --admin "$admin" --redis "$redis" \
    --audit "$scratch/audit.jsonl" --binary "$binary" || give_up "not as promised; the proxy's log:" "$scratch/freshet.log"
