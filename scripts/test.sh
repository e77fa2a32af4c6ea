#!/bin/sh
# Builds the tests once, runs them, and ends with one line: N passed, N failed.
# Arguments go to `swift test`: scripts/test.sh --filter TidyTests
# Without arguments the instruction budget is checked too, on an optimised build; each kind of request counts as a test.
set -u
cd "$(dirname "$0")/.." || exit 1

swift build --build-tests || { echo "0 passed, 0 failed: the build failed"; exit 1; }

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
trap 'exit 130' INT TERM

: >"$results/log"
# Shown as it comes, without the lines of what merely starts or passes.
swift test --skip-build --disable-xctest "$@" >"$results/log" 2>&1 &
tests=$!
tail --follow --lines=+1 --pid="$tests" "$results/log" | grep --line-buffered -v -e '^◇' -e '^✔ Test [^r]' -e '^✔ Suite '
wait "$tests"
status=$?

# The closing line counts the tests; each that failed has one line "failed after", with all of its cases.
total=$(sed -n -E 's/^.* Test run with ([0-9]+) tests? .*$/\1/p' "$results/log" | tail -n 1)
failed=$(grep -c -E '^✘ Test .* failed after' "$results/log")
if grep -q -E '^✘ Test run with' "$results/log"; then failed=$((failed - 1)); fi
passed=$((${total:-0} - failed))
if [ "$((passed + failed))" = 0 ]; then status=1; fi

check_budget() {
    echo "building the optimised executable for the instruction budget"
    make build >"$results/build" 2>&1 || { cat "$results/build"; return; }
    env -u FRESHET_BINARY Benchmarks/instructions.py check 2>&1 | tee "$results/budget"
}

if [ "$#" = 0 ]; then
    : >"$results/budget"
    check_budget
    counts=$(sed -n -E 's/^budget: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$results/budget")
    # Without a count it did not even come to counting, which is one failure.
    counts=${counts:-0 1}
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
    if [ "${counts#* }" != 0 ]; then status=1; fi
fi
echo "$passed passed, $failed failed"
exit "$status"
