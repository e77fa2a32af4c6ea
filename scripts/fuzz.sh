#!/bin/sh
# Builds the fuzzer, with address sanitizer, and runs every target for so many seconds each.
# Usage: scripts/fuzz.sh [SECONDS] [TARGET...]
#
# What was found lies in .build/fuzz/corpus/TARGET, where the next run goes on; inputs worth keeping for good, small
# ones, belong into Tests/Corpus/TARGET, which ordinary tests replay.
set -u
cd "$(dirname "$0")/.." || exit 1

seconds="${1:-60}"
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- requests replies configurations commands

FRESHET_FUZZ=1 swift build --configuration release --product Fuzzer --build-path .build/fuzz \
    --sanitize=address --sanitize=fuzzer -Xswiftc -sanitize=fuzzer -Xswiftc -parse-as-library ||
    { echo "the build of the fuzzer failed"; exit 1; }
fuzzer=.build/fuzz/release/Fuzzer

log=$(mktemp)
summary=$(mktemp)
trap 'rm -f "$log" "$summary"' EXIT
trap 'exit 130' INT TERM

# What libFuzzer says of a crash is enough; Swift's own backtrace would wait for a terminal.
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0

show_crash() { # TARGET
    grep -E '^(broken|input|SUMMARY|==.*ERROR|Fatal error|.*: Fatal error)' "$log"
    path=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    if [ -z "$path" ]; then
        tail -n 20 "$log"
        return
    fi
    echo "the input is $path:"
    od -A x -t x1z "$path"
    echo "to replay it: FRESHET_FUZZ_TARGET=$1 SWIFT_BACKTRACE=enable=no $fuzzer $path"
}

status=0
echo "fuzzing $# targets, $seconds seconds each"
for target in "$@"; do
    corpus=".build/fuzz/corpus/$target"
    mkdir -p "$corpus" .build/fuzz/crashes
    if FRESHET_FUZZ_TARGET="$target" "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -malloc_limit_mb=64 -print_final_stats=1 -artifact_prefix=".build/fuzz/crashes/$target-" \
        "$corpus" "Tests/Corpus/$target" >"$log" 2>&1; then
        verdict=clean
    else
        verdict=BROKEN
        status=1
        show_crash "$target"
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    inputs=$(sed -n 's/.* corp: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
    echo "$target: $verdict, ${runs:-?} runs, coverage ${coverage:-?}, corpus ${inputs:-?} inputs" | tee -a "$summary"
done
[ "$status" = 0 ] || { echo "in all:"; cat "$summary"; }
exit "$status"
