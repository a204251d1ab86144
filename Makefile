# Two commands for a newcomer: `make run` and `make test`. Both install the Debian packages that are missing.

PACKAGES = libcurl4-openssl-dev libsqlite3-dev libssl-dev tzdata ca-certificates
TEST_PACKAGES = $(PACKAGES) curl jq openssl prometheus python3 python3-venv sqlite3 strace systemd

SWIFT_FLAGS = --explicit-target-dependency-import-check error
# The tests' own Python, for peers from PyPI that check what we send.
TEST_PYTHON = .build/python

.PHONY: run build test lint format packages test-packages clean

run: build
	.build/release/drumbeat serve

build: packages
	swift build -c release $(SWIFT_FLAGS) --product drumbeat

test: test-packages $(TEST_PYTHON)/ready
	swift build --build-tests $(SWIFT_FLAGS) -Xswiftc -warnings-as-errors
	DRUMBEAT_TEST_PYTHON=$(TEST_PYTHON) swift test --skip-build --no-parallel

lint:
	swift format lint --strict --recursive --parallel Sources Tests migrations config Package.swift

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
