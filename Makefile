# The two commands for a newcomer are `make run` and `make test`. Both install missing Debian packages.
# CONTRIBUTING.md lists what each command covers, and its duration.

PACKAGES = libcurl4-openssl-dev libsqlite3-dev libssl-dev tzdata ca-certificates
TEST_PACKAGES = $(PACKAGES) caddy curl gcc jq libc6-dev nginx-light openssl prometheus python3 python3-venv slowhttptest sqlite3 strace systemd zsh
COUNT_PACKAGES = $(PACKAGES) valgrind gcc libc6-dev python3
BENCH_PACKAGES = $(PACKAGES) nginx-light wrk gcc libc6-dev python3 slowhttptest

SWIFT_FLAGS = --explicit-target-dependency-import-check error
# The tests' own Python environment, with packages from PyPI that check the service's output.
TEST_PYTHON = .build/python

.PHONY: run build test test-all test-build conformance fuzz counts bench paired bench-peer bench-static lint rules format packages test-packages clean

run: build
	.build/release/drumbeat serve

build: packages
	swift build -c release $(SWIFT_FLAGS) --product drumbeat

# Every test, with the short form of long random tests.
test: test-build
	@DRUMBEAT_TEST_LENGTH=short DRUMBEAT_TEST_PYTHON=$(TEST_PYTHON) scripts/tests

# Rules and lint, every test in its long form, 15 seconds of each list of decoders.
test-all: lint test-build
	@DRUMBEAT_TEST_LENGTH=long DRUMBEAT_TEST_PYTHON=$(TEST_PYTHON) scripts/tests
	@scripts/fuzz 15

test-build: test-packages $(TEST_PYTHON)/ready
	swift build --build-tests $(SWIFT_FLAGS) -Xswiftc -warnings-as-errors

# Random requests generated from the OpenAPI document, for a minute; part of `make test-all`.
conformance: test-build
	DRUMBEAT_TEST_LENGTH=long DRUMBEAT_TEST_PYTHON=$(TEST_PYTHON) swift test --skip-build --disable-xctest --no-parallel --filter ConformanceTests

# Seconds of fuzzing, and the lists of decoders: make fuzz SECONDS=600 ONLY=HTTP,JSON. See CONTRIBUTING.md.
fuzz: test-packages
	@scripts/fuzz $(or $(SECONDS),60) $(ONLY)

# Instructions and allocations per request, checked against the bounds in Benchmarks/counts.py.
counts: build
	@scripts/packages $(COUNT_PACKAGES)
	python3 -B Benchmarks/counts.py --check

# Selected targets: make bench ONLY=T1,T3. Shorter runs: BENCH=quick. WRITE=1 writes the table into docs/performance.md.
bench: build
	@scripts/packages $(BENCH_PACKAGES)
	python3 -B Benchmarks/run.py $(if $(ONLY),--only $(ONLY)) $(if $(filter quick,$(BENCH)),--quick) $(if $(WRITE),--write)

# Not part of the product's build: it downloads Hummingbird 2 and its dependencies.
bench-peer:
	swift build -c release --package-path Benchmarks/peer

# Compares this binary with that of another commit in alternating rounds, so that noise affects both: make paired AGAINST=<commit>
# ONLY=T1,T3
paired: build
	@scripts/packages $(BENCH_PACKAGES)
	test -d .build-paired || git clone --quiet --shared . .build-paired
	git -C .build-paired fetch --quiet && git -C .build-paired checkout --quiet --detach $(AGAINST)
	swift build -c release $(SWIFT_FLAGS) --package-path .build-paired --product drumbeat
	python3 -B Benchmarks/paired.py --against .build-paired/.build/release/drumbeat $(if $(ONLY),--only $(ONLY))

# For T10: the same binary with static Swift libraries.
bench-static: packages
	swift build -c release --static-swift-stdlib --scratch-path .build-static $(SWIFT_FLAGS) --product drumbeat

lint: rules
	@scripts/mutants --self-test
	swift format lint --strict --recursive --parallel Sources Tests migrations config Package.swift

# The checks without a build: floor plan, sources, packaging, pages. Then the self-test of each rule.
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
