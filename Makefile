# Two commands for a newcomer: `make run` and `make test`. Both install the Debian packages that are missing.
# CONTRIBUTING.md says what each command covers, and how long it takes.

PACKAGES = libcurl4-openssl-dev libsqlite3-dev libssl-dev tzdata ca-certificates
TEST_PACKAGES = $(PACKAGES) caddy curl gcc jq libc6-dev nginx-light openssl prometheus python3 python3-venv slowhttptest sqlite3 strace systemd
COUNT_PACKAGES = $(PACKAGES) valgrind gcc libc6-dev python3
BENCH_PACKAGES = $(PACKAGES) nginx-light wrk gcc libc6-dev python3 slowhttptest

SWIFT_FLAGS = --explicit-target-dependency-import-check error
# The tests' own Python, for peers from PyPI that check what we send.
TEST_PYTHON = .build/python

.PHONY: run build test test-all test-build conformance fuzz counts bench paired bench-peer bench-static lint rules format packages test-packages clean

run: build
	.build/release/drumbeat serve

build: packages
	swift build -c release $(SWIFT_FLAGS) --product drumbeat

# Every test, with the short form of what is long and random.
test: test-build
	@DRUMBEAT_TEST_LENGTH=short DRUMBEAT_TEST_PYTHON=$(TEST_PYTHON) scripts/tests

# Everything there is: rules and lint, every test in its long form, 15 seconds of each fuzzer.
test-all: lint test-build
	@DRUMBEAT_TEST_LENGTH=long DRUMBEAT_TEST_PYTHON=$(TEST_PYTHON) scripts/tests
	@scripts/fuzz 15

test-build: test-packages $(TEST_PYTHON)/ready
	swift build --build-tests $(SWIFT_FLAGS) -Xswiftc -warnings-as-errors

# Requests made up from the OpenAPI document, for a minute; `make test-all` has it too.
conformance: test-build
	DRUMBEAT_TEST_LENGTH=long DRUMBEAT_TEST_PYTHON=$(TEST_PYTHON) swift test --skip-build --disable-xctest --no-parallel --filter ConformanceTests

# How long each list of decoders is fuzzed, and which: make fuzz SECONDS=600 ONLY=HTTP,JSON. CONTRIBUTING.md says more.
fuzz: test-packages
	@scripts/fuzz $(or $(SECONDS),60) $(ONLY)

# What a request costs in instructions and allocations, held to the bounds in Benchmarks/counts.py.
counts: build
	@scripts/packages $(COUNT_PACKAGES)
	python3 -B Benchmarks/counts.py --check

# Targets by name: make bench ONLY=T1,T3. Shorter: BENCH=quick. WRITE=1 puts the table into docs/performance.md.
bench: build
	@scripts/packages $(BENCH_PACKAGES)
	python3 -B Benchmarks/run.py $(if $(ONLY),--only $(ONLY)) $(if $(filter quick,$(BENCH)),--quick) $(if $(WRITE),--write)

# Never part of the product's build: it fetches Hummingbird 2 and what that needs.
bench-peer:
	swift build -c release --package-path Benchmarks/peer

# This binary and that of another commit in turn, so that noise strikes both: make paired AGAINST=<commit> ONLY=T1,T3
paired: build
	@scripts/packages $(BENCH_PACKAGES)
	test -d .build-paired || git clone --quiet --shared . .build-paired
	git -C .build-paired fetch --quiet && git -C .build-paired checkout --quiet --detach $(AGAINST)
	swift build -c release $(SWIFT_FLAGS) --package-path .build-paired --product drumbeat
	python3 -B Benchmarks/paired.py --against .build-paired/.build/release/drumbeat $(if $(ONLY),--only $(ONLY))

# For T10: the same binary with Swift's libraries inside it.
bench-static: packages
	swift build -c release --static-swift-stdlib --scratch-path .build-static $(SWIFT_FLAGS) --product drumbeat

lint: rules
	swift format lint --strict --recursive --parallel Sources Tests migrations config Package.swift

# What needs no build: floor plan, sources, packaging, pages. Then whether each rule still sees what breaks it.
rules:
	@scripts/packages python3
	@scripts/house-rules
	@scripts/house-rules --self-test

format:
	swift format --in-place --recursive --parallel Sources Tests migrations config Package.swift

packages:
	@scripts/packages $(PACKAGES)

test-packages:
	@scripts/packages $(TEST_PACKAGES)

$(TEST_PYTHON)/ready: Tests/requirements.txt
	python3 -m venv $(TEST_PYTHON)
	$(TEST_PYTHON)/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements.txt
	touch $@

clean:
	swift package clean
	rm -rf $(TEST_PYTHON)
