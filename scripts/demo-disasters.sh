#!/bin/sh
# Plays two disasters with real servers, each on a port of its own, all gone afterwards:
# a Redis that is away while prices change, and a sale that begins with a million product keys.
# FRESHET_BINARY names another executable than .build/release/freshet; KEYS=200000 makes the sale smaller.
set -eu
cd "$(dirname "$0")/.."

binary=${FRESHET_BINARY:-.build/release/freshet}
python=.build/venv/bin/python
[ -x "$binary" ] || { echo "demo-disasters: there is no $binary: run 'make build'" >&2; exit 1; }
[ -x "$python" ] || { echo "demo-disasters: there is no $python: run 'make setup'" >&2; exit 1; }
for tool in redis-server redis-cli prometheus-alertmanager amtool; do
    command -v "$tool" >/dev/null || { echo "demo-disasters: there is no $tool: run 'make setup'" >&2; exit 1; }
done

exec "$python" scripts/demo-disasters.py --binary "$binary" --keys "${KEYS:-1000000}" "$@"
