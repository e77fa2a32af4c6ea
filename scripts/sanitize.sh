#!/bin/sh
# Runs test suites with a sanitizer, tests and proxy both instrumented, in a build directory of its own.
# scripts/sanitize.sh address|thread [--filter SUITE ...]
set -u
cd "$(dirname "$0")/.." || exit 1

kind=${1:-}
[ $# -gt 0 ] && shift
case $kind in
  # Everything that touches memory by hand: parsers, buffers, streams, the audit, and the proxy as a whole.
  address) suites='RESPTests|CommandsTests|NamingTests|ConfigTests|EventLoopTests|AuditTests|MetricsTests|AdminTests|InvalidationTests|TransparencyTests|TLSTests|StampTests' ;;
  # Everything with more than one thread.
  thread) suites='EventLoopTests|AuditTests|MetricsTests|AdminTests|InvalidationTests|StampTests' ;;
  *) echo "usage: scripts/sanitize.sh address|thread [--filter SUITE ...]" >&2; exit 64 ;;
esac
[ $# -gt 0 ] || set -- --filter "$suites"

build=.build/$kind
reports=$build/reports
rm -rf "$reports" && mkdir -p "$reports" || exit 1
reports=$(cd "$reports" && pwd)

# A report ends the process: the test that needed it fails, and the report is shown below.
# Leaks are not looked for: a process that ends leaves its memory to the system.
export ASAN_OPTIONS="log_path=$reports/report:detect_leaks=0"
export TSAN_OPTIONS="log_path=$reports/report:halt_on_error=1:suppressions=$PWD/scripts/tsan.suppressions"

swift build --build-tests --sanitize="$kind" --build-path "$build" || exit 1
swift test --skip-build --disable-xctest --sanitize="$kind" --build-path "$build" "$@"
status=$?
for report in "$reports"/report*; do
  [ -e "$report" ] || continue
  cat "$report"
  status=1
done
exit "$status"
