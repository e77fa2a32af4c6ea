#!/bin/sh
# Installs what Freshet needs on Debian 12 or a relative of it; does nothing where all is there.
#
#   scripts/setup.sh             everything: to build, to run, to test, to show
#   scripts/setup.sh --runtime   only what the built executable needs
#   scripts/setup.sh --build     only what a build needs, besides Swift
#   scripts/setup.sh --test      only what tests and the demo need
#   scripts/setup.sh --bench     only what the benchmarks need: the proxies and libraries that they compare with
set -eu
cd "$(dirname "$0")/.."

runtime_packages="libuv1 libhiredis0.14 libssl3 libmicrohttpd12 libsqlite3-0 libcurl4 tzdata ca-certificates"
build_packages="libuv1-dev libhiredis-dev libssl-dev libmicrohttpd-dev libsqlite3-dev \
    libcurl4-openssl-dev pkg-config make"
test_packages="openssl redis-server redis-tools prometheus prometheus-alertmanager python3 python3-venv valgrind \
    shellcheck curl ca-certificates make tzdata"
# The clients of other languages, each with what runs it.
client_packages="ruby ruby-redis php-cli php-redis perl libredis-perl"
bench_packages="redis-server nutcracker haproxy python3 python3-venv php-cli php-redis php-symfony-cache"
test_venv=.build/venv
test_requirements=Tests/clients/python/requirements.txt
bench_venv=.build/bench-venv
bench_requirements=Benchmarks/rivals/requirements.txt

say() { printf 'setup: %s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0"
    exit "$1"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "only root can install packages and there is no sudo; as root, run: $*"
    fi
}

is_installed() {
    case $(dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null) in
        *' installed') return 0 ;;
        *) return 1 ;;
    esac
}

# Debian starts the services it installs unless policy-rc.d says 101; a test machine wants none of them.
# An existing policy-rc.d belongs to someone else and is left alone.
install_quietly() {
    # shellcheck disable=SC2016 # The inner shell expands these.
    as_root env DEBIAN_FRONTEND=noninteractive sh -c '
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap "rm -f $policy" EXIT
            printf "#!/bin/sh\nexit 101\n" >"$policy"
            chmod 755 "$policy"
        fi
        apt-get install -y --no-install-recommends "$@" ||
            { apt-get update && apt-get install -y --no-install-recommends "$@"; }
    ' sh "$@"
}

install_packages() {
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    if [ -z "$missing" ]; then return; fi
    command -v apt-get >/dev/null || fail "there is no apt-get; install by hand what equals:$missing"
    say "installing:$missing"
    # shellcheck disable=SC2086 # One word for each package.
    install_quietly $missing
}

require_swift() {
    if command -v swift >/dev/null; then return; fi
    fail "Swift 6.2 or newer is missing: see https://www.swift.org/install/linux/ (swiftly, or the Debian 12 tarball)"
}

# What Python needs, $1 a venv and $2 a file, is for tests, the demo and benchmarks alone. A Python without ensurepip
# cannot fill a venv by itself: then Debian's own Python makes it, and if that cannot either, this Python's pip fills
# it from outside.
install_python_packages() {
    venv=$1
    requirements=$2
    if cmp -s "$requirements" "$venv/requirements.txt"; then return; fi
    say "installing what $requirements names into $venv"
    mkdir -p .build
    if python3 -m venv --clear "$venv" 2>/dev/null || /usr/bin/python3 -m venv --clear "$venv" 2>/dev/null; then
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
    else
        python3 -m venv --clear --without-pip "$venv"
        python3 -m pip --python "$venv/bin/python" install --quiet --disable-pip-version-check \
            --requirement "$requirements"
    fi
    cp "$requirements" "$venv/requirements.txt"
}

case ${1:-} in
    '')
        # shellcheck disable=SC2086 # One word for each package.
        install_packages $build_packages $test_packages $client_packages
        require_swift
        install_python_packages "$test_venv" "$test_requirements"
        ;;
    --runtime)
        # shellcheck disable=SC2086 # One word for each package.
        install_packages $runtime_packages
        ;;
    --build)
        # shellcheck disable=SC2086 # One word for each package.
        install_packages $build_packages
        ;;
    --test)
        # shellcheck disable=SC2086 # One word for each package.
        install_packages $test_packages $client_packages
        install_python_packages "$test_venv" "$test_requirements"
        ;;
    --bench)
        # shellcheck disable=SC2086 # One word for each package.
        install_packages $bench_packages
        install_python_packages "$bench_venv" "$bench_requirements"
        ;;
    -h | --help) usage 0 ;;
    *) usage 64 >&2 ;;
esac
say "everything is there"
