# What each target is for: `make help`. Needs GNU make and Python 3.11 or newer, and no root.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v $$p && break; done)
CATENARY_SHARED ?= ../shared
PYTEST_FLAGS ?= -n 2 --dist worksteal
ONE := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1# workers that each take every core wait for each other
export CATENARY_SHARED

BIN := .venv/bin
NPM := $(BIN)/python tools/npm.py --silent
ASSETS := src/catenary/report/assets
WEB_SOURCES := $(shell find web -type f ! -path 'web/node_modules/*' ! -path 'web/dist/*')
ORACLE := .venv-oracle/bin/python
PIP := -m pip --disable-pip-version-check --quiet
export CATENARY_ORACLE ?= $(abspath $(ORACLE))

.DEFAULT_GOAL := help
.PHONY: help sea transport venv demo test coverage test-system check parts bench soak docs catalogue messages web web-test clean
.DELETE_ON_ERROR:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

venv: .venv/ready ## set up .venv with the versions of constraints.txt

demo: .venv/ready $(ASSETS)/ready ## stress the built-in chains with a built-in scenario, and make a page of it
	@echo "The seven built-in chains are hit by the earthquake of 11 March 2011 (scenario tohoku-2011) and run for a year:"
	@mkdir -p build
	@$(BIN)/catenary stress chains tohoku-2011 --as table -o build/demo.result
	@$(BIN)/catenary report build/demo.result -o build/demo.html

test: .venv/ready .venv-oracle/ready $(ASSETS)/ready ## all tests on two cores; PYTEST_FLAGS='-n auto' uses all, '' one
	@mkdir -p build
	$(ONE) $(BIN)/python -m pytest -m "not system" --parts=build/parts.json $(PYTEST_FLAGS)

coverage: .venv/ready .venv-oracle/ready $(ASSETS)/ready ## the same tests, and which lines they ran
	$(ONE) $(BIN)/python -m pytest -m "not system" --cov --cov-report=term $(PYTEST_FLAGS)

test-system: .venv/ready $(ASSETS)/ready ## tests that need Debian packages: Chromium, a Chinese font and PostgreSQL
	@mkdir -p build
	@for p in chromium fonts-noto-cjk postgresql; do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing$$missing"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
	$(BIN)/python -m pytest -m system --parts=build/parts-system.json $(PYTEST_FLAGS)

check: .venv/ready ## format, lint, types and layers, in seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

parts: .venv/ready .venv-oracle/ready ## every numbered part of the issues, and the tests that prove it
	@$(BIN)/python tools/parts.py

messages: .venv/ready ## bring the Chinese messages in step with what the program says
	$(BIN)/python tools/messages.py

bench: .venv/ready .venv-oracle/ready .venv-sea/ready ## speed and memory, beside the peers
	$(BIN)/python -m benchmarks

soak: .venv/ready ## the laws with many more examples; takes hours
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -m "not system" $(PYTEST_FLAGS)
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -m system tests/exchange $(PYTEST_FLAGS)

docs: .venv/docs ## the documentation as pages, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

catalogue: .venv/ready ## write catalogue.json and docs/tables.md from signatures and schema
	$(BIN)/python -m catenary.catalogue
	$(BIN)/python tools/tables.py

sea: .venv-sea/ready ## make ports, passages and the network of the sea anew; needs 8 GB and three minutes
	@rm -f tools/sea/__pycache__/*.nb[ci] # numba does not see that an inlined function has changed
	PYTHONPATH=.:src .venv-sea/bin/python -m tools.sea ports passages lanes

transport: .venv-sea/ready web/node_modules/ready ## write the world transport from the folder of facts; seconds
	PYTHONPATH=.:src .venv-sea/bin/python -m tools.transport $(CATENARY_SHARED)/facts

web: $(ASSETS)/ready ## the drawing code of pages, from web/

web-test: web/node_modules/ready ## types, layout and unit tests of the drawing code
	$(NPM) run check
	$(NPM) test

clean: ## remove what these commands made, the environments too
	rm -rf build dist web/dist web/node_modules $(ASSETS) .venv .venv-oracle .venv-sea .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} +

# --- environments: a stamp makes the second run instant -------------------------------------------

define make_venv
@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "make: '$(or $(PYTHON),python3)' is not a Python 3.11 or newer with the modules venv and ensurepip: install one, or name it, as in 'make $(or $(MAKECMDGOALS),demo) PYTHON=python3.12'." >&2; exit 1; }
@echo "Setting up $(@D) (once; a few minutes at most)"
@"$(PYTHON)" -m venv $(@D)
endef

.venv/ready: pyproject.toml constraints.txt
	$(make_venv)
	@$(BIN)/python $(PIP) install -c constraints.txt hatchling editables
	@$(BIN)/python $(PIP) install -c constraints.txt --no-build-isolation -e '.[mrio,cluster,exchange,postgresql,meaning,dev]'
	@touch $@

.venv/docs: .venv/ready
	@$(BIN)/python $(PIP) install -c constraints.txt --no-build-isolation -e '.[docs]'
	@touch $@

# --- the drawing code: Node packages as locked, and the bundle where the Python package looks for it

web/node_modules/ready: web/package.json web/package-lock.json web/.npmrc | .venv/ready
	@echo "Setting up web/node_modules (once; a minute at most)"
	@$(NPM) ci
	@touch $@

$(ASSETS)/ready: $(WEB_SOURCES) web/node_modules/ready
	@$(NPM) run build
	@mkdir -p $(ASSETS)
	@cp web/dist/report.js web/dist/report.css web/dist/shapes.json web/dist/page.html $(ASSETS)
	@touch $@

.venv-sea/ready: tools/sea/constraints.txt
	$(make_venv)
	@.venv-sea/bin/python $(PIP) install -r tools/sea/constraints.txt
	@touch $@

.venv-oracle/ready: tests/oracles/constraints-boario.txt
	$(make_venv)
	@$(ORACLE) $(PIP) install -r tests/oracles/constraints-boario.txt
	@touch $@
