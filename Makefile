# Two commands matter to a newcomer: `make demo` shows what Moonpool is, `make test` proves that it works.
# Both install the Debian packages they need (scripts/install-dependencies says which) and want root.

SWIFT ?= swift
SCRATCH ?= .build
# The debug build of the tests; the release build in bin/ is what the end-to-end tests, the demo and the bench run.
PROGRAMS = moonpool moonpoold moonpool-shim moonpool-runtime
SWIFT_SOURCES = Package.swift Sources Tests

.PHONY: all build demo test test-fast test-unit test-e2e test-vm bench format lint peers clean
.PHONY: dependencies-build dependencies-demo dependencies-test

all: build

build: dependencies-build
	$(SWIFT) build -c release --scratch-path $(SCRATCH) --quiet
	@mkdir -p bin
	@set -e; built=$$($(SWIFT) build -c release --scratch-path $(SCRATCH) --show-bin-path); \
	for program in $(PROGRAMS) test-helper; do \
	  strip --strip-all -o bin/.$$program.new $$built/$$program; mv -f bin/.$$program.new bin/$$program; \
	done
	@cd bin && ls -l --size $(PROGRAMS)

demo: dependencies-demo build
	scripts/demo

# Nothing here skips: what cannot run fails.
test: dependencies-test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory peers
	@$(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory test-unit
	@$(MAKE) --no-print-directory test-scripts
	@$(MAKE) --no-print-directory test-vm
	@$(MAKE) --no-print-directory test-e2e
	@echo "make test: everything passed"

# The quick round while working: the format and the tests that need no daemon.
test-fast: lint test-unit

test-unit: dependencies-build
	SCRATCH=$(SCRATCH) scripts/swift-tests

# The shipped hooks and drivers, each with the tests in its own directory, in the production sandbox.
.PHONY: test-scripts
test-scripts:
	scripts/script-tests

test-e2e:
	Tests/EndToEnd/run --engine moonpool

# The same tests against Docker itself: what they demand is what Docker does.
.PHONY: test-e2e-docker
test-e2e-docker: dependencies-test peers
	Tests/EndToEnd/run --engine docker

test-vm:
	Tests/VM/run

bench: dependencies-test peers build
	scripts/bench/run

format:
	$(SWIFT) format --in-place --parallel --recursive --configuration .swift-format $(SWIFT_SOURCES)

lint:
	$(SWIFT) format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_SOURCES)

peers: dependencies-test
	scripts/build-peers

dependencies-build:
	@scripts/install-dependencies build

dependencies-demo:
	@scripts/install-dependencies demo

dependencies-test:
	@scripts/install-dependencies test

# .cache keeps the peers, the virtual machine's kernel and the Python packages: a rebuild of those takes minutes.
clean:
	rm -rf bin $(SCRATCH)
