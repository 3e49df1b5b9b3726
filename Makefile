# Conflict Facts. Start with `make run` and `make test`: both need only Python 3.11 or later and make.

PYTHON ?= python3
INSTALLER ?= uv
PORT ?= 8000
HOST ?= 127.0.0.1
export PORT HOST

BIN := .venv/bin
TOOLS := .tools/bin
CLIENT_TESTS := tests/clients tests/rest/test_client_tools.py
PIP := $(TOOLS)/python -m pip --disable-pip-version-check

# $(call install,PYTHON,ARGUMENTS) installs with uv, or with pip where uv has no wheel or INSTALLER=pip asks for it.
install = if [ -x $(TOOLS)/uv ]; then $(TOOLS)/uv pip install --python $(1) --no-deps --build-constraints requirements-build.lock $(2); else $(PIP) --python $(1) install --no-deps $(2); fi

.PHONY: run test check install install-dev redis mcp otel dependencies assets browser wheel image sbom lock migration contracts contract-changes clean help \
	bench bench-smoke bench-costs bench-fairness bench-guard bench-load bench-pages bench-samples bench-steady \
	test-fuzz test-install test-wheel test-pythons test-properties test-browser clients nightly

run: .venv/run.stamp  ## Install, start the embedded database, migrate it, load the fixtures, and serve on PORT.
	@$(MAKE) --no-print-directory assets || echo "The scripts for /graphql and /docs and the shapes for maps could not be installed. The API works without them; \`make assets\` tries again."
	@exec $(BIN)/conflict-facts serve

test: .venv/dev.stamp  ## Run the tests, on a temporary database; ARGS="tests/rest -x" passes arguments to pytest.
	@$(BIN)/python -m pytest $(ARGS)

CHECKED_BY_TESTS = tests/test_imports.py tests/test_contracts.py tests/postgres/test_migrations.py
check: .venv/dev.stamp  ## Check style, types, dead code, licences, imports, and that the generated contracts are up to date. CHECKED_BY_TESTS= leaves out what `make test` runs too.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/python -m tests.install.licences
	$(BIN)/python -m tests.support.contract_changes --brief
	$(if $(CHECKED_BY_TESTS),$(BIN)/python -m pytest $(CHECKED_BY_TESTS))

install: .venv/run.stamp  ## Create .venv with everything the server needs.

install-dev: .venv/dev.stamp  ## Create .venv with everything the tests and checks need.

redis: .venv/lock.stamp  ## Also install the client of Redis, which RATE_LIMIT_STORE needs.
	@$(call install,$(BIN)/python,--require-hashes -r requirements-redis.lock)

mcp: .venv/lock.stamp  ## Also install the SDK of the Model Context Protocol, which /mcp and `conflict-facts mcp` need.
	@$(call install,$(BIN)/python,--require-hashes -r requirements-mcp.lock)

otel: .venv/lock.stamp  ## Also install OpenTelemetry, which OTLP_ENDPOINT needs.
	@$(call install,$(BIN)/python,--require-hashes -r requirements-otel.lock)

dependencies: .venv/lock.stamp  ## Create .venv with the packages in requirements.lock, without Conflict Facts itself.

# Tools that install and build live in .tools, so that .venv holds only what the application needs.
.tools/stamp: requirements-build.lock requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed, but this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 run")'
	@echo "Creating .tools with the tools that install and build"
	@test -x $(TOOLS)/pip || $(PYTHON) -m venv .tools || { rm -rf .tools; exit 1; }
ifeq ($(INSTALLER),uv)
	@$(PIP) install --no-compile --no-deps --require-hashes --only-binary :all: -r requirements-uv.lock \
		|| echo "uv has no wheel for this platform. Installing with pip, which takes longer."
endif
	@$(call install,$(TOOLS)/python,--require-hashes -r requirements-build.lock)
	@touch $@

.venv/lock.stamp: .tools/stamp requirements.lock
	@echo "Installing the packages in requirements.lock into .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	@$(call install,$(BIN)/python,--require-hashes -r requirements.lock)
	@touch $@

# An editable wheel points to this folder, so code changes take effect without installing again.
.venv/run.stamp: .venv/lock.stamp pyproject.toml
	@echo "Installing Conflict Facts into .venv"
	@rm -rf build/editable && mkdir -p build/editable
	@$(TOOLS)/hatchling build -t wheel:editable -d build/editable
	@$(call install,$(BIN)/python,--force-reinstall build/editable/*.whl)
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	@echo "Installing the packages in requirements-dev.lock into .venv"
	@$(call install,$(BIN)/python,--require-hashes -r requirements-dev.lock)
	@touch $@

.tools/assets.stamp: .tools/stamp requirements-assets.lock
	@echo "Installing Node.js into .tools"
	@$(call install,$(TOOLS)/python,--require-hashes --only-binary :all: -r requirements-assets.lock) \
		|| echo "Node.js has no wheel for this platform. Using npm from the PATH."
	@touch $@

assets: .tools/assets.stamp  ## Install GraphiQL, Swagger UI, Leaflet and the shapes of countries from pinned npm packages, for /graphql, /docs and maps.
	@$(TOOLS)/python -P api/pages/assets.py

browser: .venv/dev.stamp  ## Install Chromium for the tests of the web pages.
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		command -v chromium || { apt-get update && apt-get install --yes --no-install-recommends chromium; }; \
	else $(BIN)/python -m playwright install chromium; fi

wheel: .venv/lock.stamp assets  ## Build the wheel into dist/, with the scripts for /graphql and /docs and the shapes for maps.
	@rm -rf dist && $(TOOLS)/hatchling build -t wheel -d dist

image:  ## Build the container image without a Docker engine (buildah and debootstrap), and test it.
	@bash docker/build.sh

test-install: build/runtime/stamp  ## Check that an environment with only the packages in requirements.lock imports, loads and serves.
	@$(PYTHON) -m tests.install.check_runtime build/runtime/bin

build/runtime/stamp: .venv/run.stamp
	@rm -rf build/runtime && $(PYTHON) -m venv --without-pip build/runtime
	@$(call install,build/runtime/bin/python,--require-hashes -r requirements.lock)
	@$(call install,build/runtime/bin/python,build/editable/*.whl)
	@touch $@

test-wheel: wheel  ## Check that the wheel, alone in an empty environment, migrates, loads the fixtures and serves with its pages.
	@rm -rf build/wheel && $(PYTHON) -m venv build/wheel
	@$(PIP) --python build/wheel/bin/python install --require-hashes --no-deps -r requirements.lock
	@$(PIP) --python build/wheel/bin/python install --no-deps --no-index dist/*.whl
	@$(PYTHON) -m tests.install.check_wheel build/wheel/bin dist/*.whl

# The versions that the package registries of a Debian machine offer; name more if pythonVERSION is on the PATH.
PYTHONS ?= 3.11 3.13 3.14

test-pythons:  ## Run the tests on each version in PYTHONS, from the PATH or in a Debian that has it.
	@bash .ci/pythons $(PYTHONS)

test-properties: .venv/dev.stamp  ## Run every test, the property tests with many examples.
	@HYPOTHESIS_PROFILE=nightly DOCUMENTS=3000 $(BIN)/python -m pytest

build/pages.stamp: .tools/assets.stamp tests/pages/package-lock.json
	@$(TOOLS)/python tests/support/npm_packages.py tests/pages
	@mkdir -p build && touch $@

test-browser: browser assets build/pages.stamp  ## Run the tests of the web pages in Chromium, with axe and html-validate; a skipped test fails.
	@$(BIN)/python -m pytest -p tests.support.no_skips --nightly tests/pages

build/sbom/stamp: .tools/stamp requirements-sbom.lock
	@rm -rf build/sbom && $(PYTHON) -m venv --without-pip build/sbom
	@$(call install,build/sbom/bin/python,--require-hashes -r requirements-sbom.lock)
	@touch $@

sbom: build/sbom/stamp  ## Write the packages in requirements.lock with their hashes as a bill of materials (CycloneDX) into dist/sbom.json.
	@mkdir -p dist
	@build/sbom/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o dist/sbom.json requirements.lock

build/fuzz/stamp: .tools/stamp requirements-fuzz.lock
	@rm -rf build/fuzz && $(PYTHON) -m venv --without-pip build/fuzz
	@$(call install,build/fuzz/bin/python,--require-hashes -r requirements-fuzz.lock)
	@touch $@

test-fuzz: .venv/run.stamp build/fuzz/stamp  ## Send 5,000 generated requests to REST and as many to GraphQL; a response that the contract does not allow fails.
	@$(BIN)/python -m tests.install.fuzz build/fuzz/bin/schemathesis

build/clients/stamp: .venv/run.stamp requirements-clients.lock
	@rm -rf build/clients && $(PYTHON) -m venv --without-pip build/clients
	@$(call install,build/clients/bin/python,--require-hashes -r requirements-clients.lock)
	@$(call install,build/clients/bin/python,build/editable/*.whl)
	@touch $@

build/clients/npm.stamp: build/clients/stamp tests/clients/package-lock.json
	@build/clients/bin/python -m tests.clients.install
	@touch $@

clients: build/clients/npm.stamp  ## Run the tests with real clients: Apollo, urql, Relay, code generators, polars, pandas, GDAL; a skipped test fails.
	@build/clients/bin/python -m pytest -p tests.support.no_skips $(CLIENT_TESTS)

# Each step runs even if another failed. A step that cannot run fails; none is skipped.
NIGHTLY := check test-install test-wheel test-browser test-fuzz clients bench-guard test-properties image test-pythons

nightly:  ## Run everything that takes too long for every change, and print a table of the results.
	@mkdir -p build && rm -f build/nightly.txt; failed=0; \
	for step in $(NIGHTLY); do \
		echo "== $$step"; start=$$(date +%s); \
		if $(MAKE) --no-print-directory $$step; then result=passed; else result=FAILED; failed=1; fi; \
		printf '%-16s %-7s %6d s\n' $$step $$result $$(($$(date +%s) - start)) >>build/nightly.txt; \
	done; \
	cat build/nightly.txt; exit $$failed

# `make lock` keeps the pinned versions where it can; `make lock UPGRADE=--upgrade` moves every pin to the newest version.
COMPILE = $(TOOLS)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 $(UPGRADE)

lock: .tools/stamp  ## Pin every dependency with hashes, for every platform; UPGRADE=--upgrade moves to the newest versions.
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) pyproject.toml --extra redis -c requirements.lock -o requirements-redis.lock
	$(COMPILE) pyproject.toml --extra mcp -c requirements-dev.lock -o requirements-mcp.lock
	$(COMPILE) pyproject.toml --extra otel -c requirements-dev.lock -o requirements-otel.lock
	$(COMPILE) --group build -c requirements.lock -o requirements-build.lock
	$(COMPILE) --group uv -o requirements-uv.lock
	$(COMPILE) --group assets -o requirements-assets.lock
	$(COMPILE) --group fuzz -o requirements-fuzz.lock
	$(COMPILE) --group sbom -o requirements-sbom.lock
	$(COMPILE) pyproject.toml --group clients -c requirements-dev.lock -c requirements-assets.lock -o requirements-clients.lock

migration: .venv/dev.stamp  ## Write the migration from the committed ones to the declared kinds: make migration MESSAGE="Add …".
	@$(BIN)/python -m api.contracts migration "$(MESSAGE)"

contracts: .venv/dev.stamp  ## Write schema.graphql, openapi.json and the reference from the declared kinds.
	@$(BIN)/python -m api.contracts write

contract-changes: .venv/dev.stamp  ## List what breaks clients since the last release; ARGS=--released makes the contracts of today those of the last release.
	@$(BIN)/python -m tests.support.contract_changes $(ARGS)

bench: .venv/dev.stamp  ## Measure queries against comparable servers, at the size of UCDP GED; takes half an hour.
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench --shape release
	@$(BIN)/python -m bench.totals
	@$(BIN)/python -m bench.pages

bench-pages: .venv/dev.stamp  ## Measure a page beside the JSON of its record, and a cached card beside a bare response; ARGS="--rounds 2 --seconds 1" is a trial.
	@$(BIN)/python -m bench.pages $(ARGS)

bench-totals: .venv/dev.stamp  ## Ask for totals with pairs of conditions and groupings, at the size of UCDP GED; ARGS="--events 5000 --every 1" is a trial.
	@$(BIN)/python -m bench.totals $(ARGS)

bench-smoke: .venv/dev.stamp  ## Run the same benchmark on 2 % of the data, to check that answers agree; its timings mean nothing.
	@$(BIN)/python -m bench --scale 0.02 --rounds 1 --seconds 0.5 --warm 0.2
	@$(BIN)/python -m bench --shape release --scale 0.02 --rounds 1 --seconds 0.5 --warm 0.2

bench-guard: .venv/dev.stamp  ## Send costly requests to a server; /health must be answered in time beside each, and memory may not grow.
	@$(BIN)/python -m bench.guard

bench-steady: .venv/dev.stamp  ## Read for three minutes while facts are loaded, corrected and undone, a tenth of it hostile; ARGS="--minutes 10" for longer.
	@$(BIN)/python -m bench.steady $(ARGS)

bench-fairness: .venv/dev.stamp  ## Measure what a client at its limit does to the response times of another; ARGS="--rounds 1 --seconds 2" is a trial.
	@$(BIN)/python -m bench.fairness $(ARGS)

bench-costs: .venv/dev.stamp  ## Compare the costs of requests with the time that PostgreSQL takes for them, at a quarter of the size of UCDP GED.
	@$(BIN)/python -m bench.costs $(ARGS)

bench-load: .venv/dev.stamp  ## Measure loading against PostgreSQL's COPY, at the size of UCDP GED; and reading every container at 10 and 300 MB; ARGS="--events 3000" CONTAINERS="--megabytes 1" is a quick trial.
	@$(BIN)/python -m bench.loading $(ARGS)
	@$(BIN)/python -m bench.containers $(CONTAINERS)

bench-samples: .venv/dev.stamp  ## Load all sample files into one database in several orders, if there are samples; each load must stay fast.
	@$(BIN)/python -m bench.samples $(ARGS)

clean:  ## Remove everything installed or generated. The database stays.
	rm -rf .venv .tools build dist *.egg-info api/pages/static/vendor tests/clients/node_modules tests/pages/node_modules .mypy_cache .ruff_cache .pytest_cache

help:  ## List the targets.
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 20
