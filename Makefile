# `make` lists what there is to do.
.DEFAULT_GOAL := help
.PHONY: help setup build debug run demo demo-disasters test interleave fuzz stamp siege crash fresh refusals sanitize \
	bench budget top check docs format lint clean

CONFIG ?= proxy.conf
# What an optimised build is; the reasons are in docs/adr/0008-release-flags.md.
RELEASE := -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked
SHELL_SCRIPTS := $(wildcard scripts/*.sh Tests/clients/*/*.sh) .ci/run
SWIFT_SOURCES := Package.swift Sources Tests

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (Debian packages, clients for tests)
	@scripts/setup.sh

build: ## build the executable, optimised: .build/release/freshet
	swift build $(RELEASE) --product freshet

debug: ## build the executable for debugging: .build/debug/freshet
	swift build --product freshet

run: build ## run the proxy with proxy.conf (CONFIG=... for another)
	.build/release/freshet serve $(CONFIG)

demo: setup build ## one command, many keys: see what Freshet does, on a Redis of its own
	@scripts/demo.sh

demo-disasters: setup build ## a Redis that is away while prices change, and a sale of a million keys (KEYS=200000)
	@scripts/demo-disasters.sh

test: setup ## build once, run every test, end with how many passed and failed
	@scripts/test.sh $(ARGS)

interleave: setup ## a million interleavings of writes with flushes of their tag, in each connection mode
	FRESHET_INTERLEAVINGS=1000000 scripts/test.sh --filter InterleavingTests

fuzz: setup ## fuzz the parsers of requests, replies and proxy.conf and the table of commands, SECONDS=60 each
	scripts/fuzz.sh $(SECONDS)

MINUTES ?= 3

stamp: setup ## 64 clients for MINUTES=3, all values stamped, while everything breaks: no reply may be foreign
	swift build $(RELEASE) --product freshet
	swift build $(RELEASE) --product stamp
	.build/release/stamp $(MINUTES)

refusals: setup ## every write x every way to be refused x every path, CASES=5000 of them
	FRESHET_REFUSALS=$(or $(CASES),5000) swift test --disable-xctest --filter 'RefusalMatrixTests|KeyspaceTests'

# An optimised proxy with one of the old orders of commands, which make fresh must find: record, order or softly.
BREAK ?=
BROKEN := --scratch-path .build-broken -Xswiftc -DBREAK_$(BREAK)

fresh: setup ## storms for MINUTES=3: at rest no key may be stale; BREAK=record, order or softly must be found
	swift build $(RELEASE) --product fresh
	swift build $(RELEASE) $(if $(BREAK),$(BROKEN)) --product freshet
	$(if $(BREAK),FRESHET_BINARY=.build-broken/release/freshet) .build/release/fresh $(MINUTES)

siege: setup ## the whole process under hostile clients, replies, disks and files for SECONDS=60: it must live
	swift build $(RELEASE) --product freshet
	swift build $(RELEASE) --product siege
	.build/release/siege $(or $(SECONDS),60)

KILLS ?= 200
DURABILITY ?= everysec

crash: setup ## kill -9 the proxy KILLS=200 times in a storm of writes: no dependent may be older than its source
	swift build $(RELEASE) --product freshet
	swift build $(RELEASE) --product crash
	.build/release/crash $(KILLS) $(DURABILITY)

sanitize: setup ## suites with the address sanitizer, then with the thread sanitizer; builds both anew
	scripts/sanitize.sh address
	scripts/sanitize.sh thread

bench: build ## beside other proxies: bars and Benchmarks/RESULTS.md (QUICK=1, ROUNDS=5, SECONDS=2, FILTER=memory)
	@scripts/setup.sh --bench
	@Benchmarks/bench.py $(if $(QUICK),--quick) $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(SECONDS),--seconds $(SECONDS)) $(if $(FILTER),--filter '$(FILTER)')

budget: build ## record how many instructions a request may take, which make test checks
	@Benchmarks/instructions.py record

top: build ## the functions in which requests spend their instructions
	@Benchmarks/instructions.py top

check: build ## check proxy.conf (CONFIG=... for another)
	.build/release/freshet check $(CONFIG)

docs: debug ## write the reference pages anew from the code
	.build/debug/freshet reference metrics >docs/metrics.md
	.build/debug/freshet reference directives >docs/proxy.conf.md

format: ## lay the sources out
	swift format format --in-place --recursive --parallel $(SWIFT_SOURCES)

lint: ## check the layout of the sources, and the shell scripts
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	shellcheck $(SHELL_SCRIPTS)

clean: ## remove what was built
	rm -rf .build
